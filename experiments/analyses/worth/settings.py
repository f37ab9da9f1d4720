"""What an analysis of the worth of perturbations is asked for."""

from collections.abc import Mapping
from pathlib import Path

from evaluation.tables import PERTURBATION, UNPERTURBED
from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import columns, compared_side, confidence_level, optional, thresholds
from experiments.analyses.shared.readers import level
from experiments.analyses.shared.table_roles import TableRoles


@frozen_settings
class WorthFiles(AnalysisSettings):
    """Where results go."""

    out: Path = option("Folder of the results.", opened="new folder")


@frozen_settings
class WorthSettings(TableRoles):
    """Everything that an analysis of the worth of perturbations is asked for."""

    perturbation: str = option("The column of perturbations.", default=PERTURBATION, metavar="COLUMN")
    unperturbed: str = option(
        "What that column says of scans as they are.", default=UNPERTURBED, metavar="LEVEL", read=level
    )
    condition: tuple[str, ...] = columns("Columns that make the real condition; join by '+' [default: guessed].")
    reference: str | None = optional(
        "The condition that the others are compared with, or none [default: the one whose scans were perturbed].",
        "LEVEL",
        read=level,
    )
    threshold: Mapping[str, str] = thresholds("What a feature must pass to be stable [default: icc=0.9 and ccc=0.9].")
    compared: str = compared_side()
    level: float = confidence_level()
    seed: int = option("The same seed gives the same limits.", default=0, least=0)
