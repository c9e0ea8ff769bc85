"""Where the index lives and how it is made."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class IndexSettings(BaseModel):
    """Settings of the index; part of the product's settings (assistant.settings)."""

    model_config = ConfigDict(extra="forbid")

    folder: Path = Field(Path(".data"), description="Folder of the index: catalog, vectors, files.")
    model: str = Field(
        "",
        description="Folder of a sentence-transformers model; empty for all-MiniLM-L6-v2.",
    )
    backend: Literal["auto", "openvino", "torch"] = Field(
        "auto",
        description="How the model is run: a copy of it in OpenVINO, torch, or whichever works.",
    )
    workers: int = Field(2, ge=1, le=64, description="Processes that read files.")
    seconds_per_file: float = Field(30.0, gt=0, description="Longest that one file may take.")
    megabytes_per_file: int = Field(
        800, ge=256, description="Memory that reading one file may take (not on Windows)."
    )
    ocr: bool = Field(
        False, description="Put scans through ocrmypdf, when it is installed (extra `ocr`)."
    )
    seconds_of_ocr: float = Field(900.0, gt=0, description="Longest that OCR of one file may take.")
