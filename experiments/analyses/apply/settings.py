"""What the application of a whitelist is asked for."""

from pathlib import Path

from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import allowed, decimal_sign, optional, settings_file
from experiments.analyses.shared.table_files import SUFFIXES


def _place(value: object) -> tuple[str, str]:
    if isinstance(value, list | tuple) and len(value) == 2:
        value = "/".join(map(str, value))
    sequence, slash, roi = str(value).partition("/")
    if not slash:
        raise ValueError(f"expected SEQUENCE/ROI, found '{value}'")
    return sequence.strip(), roi.strip()


@frozen_settings
class AppliedFile(AnalysisSettings):
    """Where a reduced table goes."""

    out: Path = option("A .csv or .parquet file.", opened="new file", endings=SUFFIXES)


@frozen_settings
class ApplicationSettings(AnalysisSettings):
    """Everything that the application of a whitelist is asked for."""

    settings: Path | None = settings_file(
        "How the features of TABLE were made: run.json, or a PyRadiomics parameter file [default: run.json beside "
        "features.parquet of a run]."
    )
    allow: tuple[str, ...] = allowed("Apply it in spite of such a difference, with a warning.")
    strategy: str | None = optional("Which strategy of TABLE [default: the whitelist's, if it has several].", "NAME")
    sequence: str | None = optional("Column of TABLE [default: sequence, else guessed].", "COLUMN")
    roi: str | None = optional("Column of TABLE [default: roi, else guessed].", "COLUMN")
    place: tuple[str, str] | None = option(
        "Use this list of the whitelist for all of TABLE.", default=None, metavar="SEQUENCE/ROI", read=_place
    )
    contrast: str | None = optional("Use the lists of this compared condition.", "CONDITION")
    decimal: str | None = decimal_sign()
    separate: bool = option("Write a file for each sequence and ROI, with all that passes there.", default=False)
