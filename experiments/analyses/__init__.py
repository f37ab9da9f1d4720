"""Analyses of features: each a folder with settings, run, files, section of the report and command."""

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.analyses.shared.adding import Adding
    from experiments.page import Section


@dataclass(frozen=True)
class RegisteredAnalysis:
    """One line of the registry; whatever it leads to is imported when it is asked for, so that `--help` stays quick.

    Parameters
    ----------
    name : str
        Of its folder and the function of its command, which is typed with - for _.
    about : str
        What `radharmony --help` says of it.
    added : bool
        Whether its results may be added to a run; `files.py` (`ADDING`) and `section.py` (`SECTION`) say how.
    """

    name: str
    about: str
    added: bool = False

    @property
    def typed(self) -> str:
        """What the command line calls it."""
        return self.name.replace("_", "-")

    def module(self, name: str) -> ModuleType:
        """Import one of its modules: settings, run, files, section or command."""
        return importlib.import_module(f"{__name__}.{self.name}.{name}")

    def command(self) -> Any:
        """Give the command."""
        return getattr(self.module("command"), self.name)

    @property
    def adding(self) -> "Adding[Any]":
        """How its results are added to a run."""
        adding: Adding[Any] = self.module("files").ADDING
        return adding

    @property
    def section(self) -> "Section":
        """The part of a run's report on what was added."""
        section: Section = self.module("section").SECTION
        return section


ANALYSES = {
    one.name: one
    for one in (
        RegisteredAnalysis("reliability", "Reliability statistics of any tool's feature table."),
        RegisteredAnalysis("trend", "What ordered conditions do (strength, acceleration), and how far features pass."),
        RegisteredAnalysis("worth", "What perturbed scans tell of truly unstable features, where both are known."),
        RegisteredAnalysis("equivalence", "Which features of two conditions may be pooled, against a stated margin."),
        RegisteredAnalysis("change", "Which features of patients changed between two visits, against RC or RDC."),
        RegisteredAnalysis("harmonize", "Take batch effects out of any tool's feature table (ComBat)."),
        RegisteredAnalysis("select", "A whitelist of robust features from a reliability table."),
        RegisteredAnalysis("apply", "The whitelisted features of another cohort, refused if its settings differ."),
        RegisteredAnalysis(
            "diagnose", "How well features tell the diagnosis, in held-out subjects, against baselines.", added=True
        ),
        RegisteredAnalysis("tradeoff", "A threshold of robustness swept against diagnostic performance.", added=True),
        RegisteredAnalysis("transfer", "Train a diagnostic model on one condition and test it on another.", added=True),
        RegisteredAnalysis("sample_size", "How many subjects and conditions a study of reliability needs."),
    )
}
"""Every analysis by its name, in the order of a user's way through them."""


def addable() -> list[RegisteredAnalysis]:
    """Give the analyses whose results may be added to a run."""
    return [one for one in ANALYSES.values() if one.added]
