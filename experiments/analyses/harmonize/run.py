"""The harmonization of a table: a harmonizer fitted, or a saved model applied."""

from evaluation.reading import Table
from experiments.analyses.harmonize.done import Done
from experiments.analyses.harmonize.fitting import fit_new
from experiments.analyses.harmonize.saved import apply_saved
from experiments.analyses.harmonize.settings import HarmonizationSettings
from experiments.analyses.shared.table_files import given_table
from harmonize.inputs.files import one_look


@one_look()
def run_harmonization(table: Table, settings: HarmonizationSettings) -> Done:
    """Take the batch effects out of a table of features; `write_harmonized` writes the result.

    Parameters
    ----------
    table : str, Path or DataFrame
        A row for each image and ROI: CSV or Parquet of any tool, or what pandas has in memory.
    settings : HarmonizationSettings

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table, settings or a saved model.
    """
    source = given_table(table)
    settings.check_files()
    return fit_new(source, settings) if settings.model is None else apply_saved(source, settings.model, settings)
