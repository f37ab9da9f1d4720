"""What `radharmony reliability` writes."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from evaluation.publication import (
    Analysis,
    InferenceSettings,
    Place,
    comparison_table,
    methods_text,
    paper_figures,
    paper_tables,
)
from evaluation.reading import ReadTable
from evaluation.reliability import summarize
from experiments.analyses.shared.table_files import write_figure
from experiments.cli.reliability.inference import TableInference
from experiments.folder.file_names import unique_names
from experiments.folder.files import METHODS, RELIABILITY, SUMMARY, TABLES
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_csv, write_parquet, write_tables, write_text
from experiments.results.inference import RESAMPLES, write_comparison

SHARES = "shares.csv"


def write_folder(
    folder: Path,
    computed: pd.DataFrame,
    read: ReadTable,
    analysis: Analysis,
    inference: TableInference | None,
    place: Place,
    pictured: tuple[str, ...],
    figures: bool,
) -> None:
    """Write the reliability table, its summary, the tables and the text of a paper and, if wanted, the figures."""
    write_parquet(folder / RELIABILITY, computed)
    write_csv(folder / "reliability.csv", computed)
    write_csv(folder / SUMMARY, summarize(computed, analysis.thresholds, analysis.on))
    tables = list(paper_tables(computed, analysis))
    comparison = None
    (folder / SHARES).unlink(missing_ok=True)
    if inference is not None:
        write_csv(folder / SHARES, inference.shares)
        comparison = inference.comparison
        baseline = None if comparison is None else comparison.baseline
        analysis = replace(analysis, inference=InferenceSettings(baseline, RESAMPLES, None, ranked=False))
    if comparison is not None:
        tables.append(comparison_table(comparison, analysis))
    write_comparison(RunFolder(folder), comparison)
    write_text(folder / METHODS, methods_text(analysis))
    write_tables(folder / TABLES, tables)
    if not figures:
        return
    typical = place.typical(computed)
    wanted = pictured or ((typical,) if typical else ())
    drawn = {(name,): figure for name, figure in paper_figures(computed, read.table, analysis, place, wanted)}
    names = unique_names(drawn)
    for key, figure in drawn.items():
        write_figure(folder, names[key], figure)
