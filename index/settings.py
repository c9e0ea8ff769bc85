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
    backend: Literal["auto", "onnx", "torch"] = Field(
        "auto", description="How the model is run: int8 ONNX copy, torch, or whichever works."
    )
    workers: int = Field(2, ge=1, le=64, description="Processes that read files.")
    seconds_per_file: float = Field(60.0, gt=0, description="Longest that one file may take.")
