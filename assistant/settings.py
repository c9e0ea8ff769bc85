"""The product's settings: environment, a TOML file, defaults. Unknown keys are refused.

``INSPECTIONS_INDEX__FOLDER=/data inspections ask …`` and, in ``inspections.toml``::

    [index]
    folder = "/data"
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from index.settings import IndexSettings

SETTINGS_FILE = Path("inspections.toml")


class ApiSettings(BaseModel):
    """Where the server listens."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8600, ge=1, le=65535, description="Port of the API.")
    ui_port: int = Field(8601, ge=1, le=65535, description="Port of the page.")


class Settings(BaseSettings):
    """All settings. Built once at the entry."""

    model_config = SettingsConfigDict(
        env_prefix="INSPECTIONS_",
        env_nested_delimiter="__",
        toml_file=SETTINGS_FILE,
        extra="forbid",
    )

    index: IndexSettings = Field(default_factory=IndexSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
