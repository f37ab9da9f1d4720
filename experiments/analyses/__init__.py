"""Analyses of features: each a folder with settings, run, files, section of the report, findings and command."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class RegisteredAnalysis:
    """One line of the registry; whatever it leads to is imported when it is asked for, so that `--help` stays quick.

    Parameters
    ----------
    name : str
        Of its folder and its command.
    about : str
        What `radharmony --help` says of it.
    place : str
        The folder in a run that its results may be added to; empty where they never are.
    """

    name: str
    about: str
    place: str = ""

    def module(self, name: str) -> ModuleType:
        """Import one of its modules: settings, run, files, section, findings or command."""
        return importlib.import_module(f"{__name__}.{self.name}.{name}")

    def command(self) -> Any:
        """Give the command."""
        return getattr(self.module("command"), self.name)

    def write(self, folder: Path, found: Any) -> None:
        """Write what it found, of one whose results may be added to a run."""
        getattr(self.module("files"), f"write_{self.place}")(folder, found)

    def findings(self, folder: Path) -> Any:
        """Give what MLflow shall hold of what was added to the run in a folder."""
        return getattr(self.module("findings"), f"{self.place}_findings")(folder)


ANALYSES = {
    one.name: one
    for one in (
        RegisteredAnalysis("reliability", "Reliability statistics of any tool's feature table."),
        RegisteredAnalysis("harmonize", "Take batch effects out of any tool's feature table (ComBat)."),
        RegisteredAnalysis("select", "A whitelist of robust features from a reliability table."),
        RegisteredAnalysis("apply", "The whitelisted features of another cohort, refused if its settings differ."),
        RegisteredAnalysis(
            "diagnose", "How well features tell the diagnosis, in held-out subjects, against baselines.", "diagnosis"
        ),
        RegisteredAnalysis("tradeoff", "A threshold of robustness swept against diagnostic performance.", "tradeoff"),
        RegisteredAnalysis("transfer", "Train a diagnostic model on one condition and test it on another.", "transfer"),
    )
}
"""Every analysis by its name, in the order of a user's way through them."""
