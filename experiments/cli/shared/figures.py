"""Writing a figure in both of its forms."""

from pathlib import Path
from typing import Any

from evaluation.figures import to_bytes
from experiments.folder.files import FIGURES
from experiments.folder.writing import write_bytes


def write_figure(folder: Path, name: str, figure: Any) -> None:
    """Write a figure among those of a folder: as SVG for a paper, as PNG to look at."""
    for kind in ("svg", "png"):
        write_bytes(folder / FIGURES / f"{name}.{kind}", to_bytes(figure, kind))
