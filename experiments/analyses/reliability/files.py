"""The files of an analysis of reliability."""

from dataclasses import replace
from pathlib import Path

from evaluation.publication import (
    InferenceSettings,
    comparison_table,
    methods_text,
    paper_tables,
)
from evaluation.publication.pictures import paper_figures
from evaluation.reliability.summary import summarize
from experiments.analyses.reliability.run import ReliabilityFound
from experiments.analyses.shared.reliability_source import source_file, write_source
from experiments.analyses.shared.table_files import is_table, write_table
from experiments.folder.file_names import unique_names
from experiments.folder.files import FIGURES, METHODS, RELIABILITY, SUMMARY, TABLES
from experiments.folder.kinds import Drawing, RunTable
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_tables
from experiments.results.inference import RESAMPLES, write_comparison
from harmonize.inputs.paths import as_path

SHARES = RunTable("shares.csv")
AS_CSV = RunTable("reliability.csv")


def write_reliability(out: str | Path, found: ReliabilityFound) -> None:
    """Write the table alone if a file is named so, else everything into a folder; and what it was computed from."""
    out = as_path(out, "`out`")
    table = out if is_table(out) else RunFolder(out).path(RELIABILITY)
    source_file(table).unlink(missing_ok=True)
    if is_table(out):
        write_table(out, found.computed)
    else:
        _write_folder(RunFolder(out), found)
    write_source(table, found.given.sources)


def _write_folder(folder: RunFolder, found: ReliabilityFound) -> None:
    """Write the reliability table, its summary, the tables and the text of a paper and, if wanted, the figures."""
    computed, analysis, inference = found.computed, found.analysis, found.inference
    folder.write(RELIABILITY, computed)
    AS_CSV.write(folder.folder, computed)
    folder.write(SUMMARY, summarize(computed, analysis.thresholds, analysis.on))
    tables = list(paper_tables(computed, analysis))
    comparison = None
    folder.renew(SHARES, None)
    if inference is not None:
        SHARES.write(folder.folder, inference.shares)
        comparison = inference.comparison
        baseline = None if comparison is None else comparison.baseline
        learned = {} if baseline is None else dict.fromkeys(found.given.harmonized, False)
        analysis = replace(analysis, inference=InferenceSettings(baseline, RESAMPLES, None, False, learned))
    if comparison is not None:
        tables.append(comparison_table(comparison, analysis))
    write_comparison(folder, comparison)
    folder.write(METHODS, methods_text(analysis))
    write_tables(folder.path(TABLES), tables)
    if not found.given.settings.no_figures:
        _write_figures(folder, found)


def _write_figures(folder: RunFolder, found: ReliabilityFound) -> None:
    given, computed = found.given, found.computed
    typical = given.place.typical(computed)
    wanted = given.settings.picture or ((typical,) if typical else ())
    figures = paper_figures(computed, given.read.table, found.analysis, given.place, wanted)
    drawn = {(name,): figure for name, figure in figures}
    names = unique_names(drawn)
    for key, figure in drawn.items():
        FIGURES.file(names[key], Drawing).write(folder.folder, figure)
