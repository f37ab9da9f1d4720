"""What an analysis of trends is asked for."""

from collections.abc import Mapping
from pathlib import Path

from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import columns, compared_side, named, optional, several, thresholds
from experiments.analyses.shared.readers import level
from experiments.analyses.shared.table_roles import TableRoles


def _confidence(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise ValueError(
            f"expected a confidence level such as 0.95, found '{value}'; the number of a level is another setting"
        ) from None


@frozen_settings
class TrendFiles(AnalysisSettings):
    """Where results go."""

    out: Path = option("Folder of the results.", opened="new folder")


@frozen_settings
class TrendSettings(TableRoles):
    """Everything that an analysis of trends is asked for."""

    levels: str = option("The column whose levels are ordered, such as acquisition.", metavar="COLUMN")
    numbers: Mapping[str, str] = named(
        "The number of a level, such as R4=4; 'none' leaves the level out. May be repeated. Not needed where levels "
        "are numbers.",
        "LEVEL=NUMBER",
        flag="number",
    )
    reference: str | None = optional(
        "The level to compare with, the lowest or the highest [default: the lowest].", "LEVEL", read=level
    )
    unpaired: bool = option("Each level has subjects of its own.", default=False)
    within: tuple[str, ...] = columns("Further factors, each combination of whose levels has trends of its own.")
    level: float = option("Confidence level of all limits.", default=0.95, above=0, below=1, read=_confidence)
    threshold: Mapping[str, str] = thresholds(
        "What a feature must pass between the reference level and another [default: icc=0.9 and ccc=0.9]."
    )
    compared: str = compared_side()
    picture: tuple[str, ...] = several("Features to draw against the levels.", "FEATURE")
    no_figures: bool = option("Draw no figures.", default=False)
