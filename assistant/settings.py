"""The product's settings: environment, a TOML file, defaults. Unknown keys are refused.

``INSPECTIONS_INDEX__FOLDER=/data inspections ask …`` and, in ``inspections.toml``::

    [index]
    folder = "/data"
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
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


class ModelSettings(BaseModel):
    """The language model, if any. There is none by default, and no other is ever tried."""

    model_config = ConfigDict(extra="forbid")

    provider: Literal["none", "openai", "ollama"] = Field(
        "none", description="`openai` for any OpenAI-compatible server, `ollama`, or none."
    )
    name: str = Field("", description="The model's name at the provider.")
    url: str = Field("", description="Address of the server, such as http://127.0.0.1:8080/v1.")
    key: str = Field("", description="Key for the server, if it wants one.")
    seconds: float = Field(30.0, gt=0, description="Longest that one answer may take.")
    tokens: int = Field(500, ge=50, description="Longest reply.")
    context: int = Field(8192, ge=1024, description="The model's context window, in tokens.")

    @model_validator(mode="after")
    def _named(self) -> ModelSettings:
        if self.provider != "none" and not self.name:
            raise ValueError("give the model's name as well")
        if self.provider == "openai" and not self.url:
            raise ValueError("give the server's address (url): no hosted provider is assumed")
        return self


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
    model: ModelSettings = Field(default_factory=ModelSettings)

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
