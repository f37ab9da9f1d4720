"""The harmonization of a table: a harmonizer fitted, or a saved model applied."""

from pathlib import Path

from experiments.analyses.harmonize.done import Done
from experiments.analyses.harmonize.fitting import fit_new
from experiments.analyses.harmonize.saved import apply_saved
from experiments.analyses.harmonize.settings import HarmonizationSettings
from experiments.folder.run_folder import check_belonging


def run_harmonization(table: str | Path, settings: HarmonizationSettings) -> Done:
    """Take the batch effects out of a table of features; `write_harmonized` writes the result.

    Parameters
    ----------
    table : str or Path
        A row for each image and ROI: CSV or Parquet of any tool.
    settings : HarmonizationSettings

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table, settings or a saved model.
    """
    table = Path(table)
    check_belonging(table)
    settings.check_files()
    return fit_new(table, settings) if settings.model is None else apply_saved(table, settings.model, settings)
