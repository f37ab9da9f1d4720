"""What a run knows that a checklist may ask for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from experiments.folder.files import IBSI, PROTOCOL
from experiments.report.checklists.modeling import Modeling, read_modeling
from experiments.report.files.run import RunFiles

State = Literal["yes", "partly", "no", "open"]


@dataclass(frozen=True)
class Answer:
    """What the run knows of an item.

    Parameters
    ----------
    state : {"yes", "partly", "no", "open"}
    known : str
        The evidence, or what is known although the item stays open.
    source : str
        The files that say so.
    """

    state: State = "open"
    known: str = ""
    source: str = ""


@dataclass(frozen=True)
class Knowledge:
    """All that answers can be drawn from.

    Parameters
    ----------
    files : RunFiles
    protocol, ibsi : DataFrame or None
        The tables of those names; None where there is none.
    models : tuple of Modeling
        What was trained and tested within the run folder.
    """

    files: RunFiles
    protocol: pd.DataFrame | None
    ibsi: pd.DataFrame | None
    models: tuple[Modeling, ...]

    @classmethod
    def of(cls, files: RunFiles, folder: Path, added: Collection[str]) -> "Knowledge":
        """Gather it from a run that was read, from its folder, and from the places there that belong to it."""
        tables = (folder / PROTOCOL, folder / IBSI)
        protocol, ibsi = (
            pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else None for path in tables
        )
        return cls(files, protocol, ibsi, read_modeling(folder, added))

    @property
    def strategies(self) -> list[Mapping[str, Any]]:
        """The strategies of run.json."""
        return list(self.files.run["strategies"])


def sentence(text: str) -> str:
    """Begin a text with a capital and leave the rest as it is.

    Examples
    --------
    >>> sentence("selector mRMR")
    'Selector mRMR'
    """
    return text[:1].upper() + text[1:]
