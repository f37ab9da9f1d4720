"""The files of an analysis of reliability."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from evaluation.claims.measurement_error import measurement_error_table
from evaluation.generalizability.table import FacetTables
from evaluation.generalizability.verdicts import facet_verdicts
from evaluation.publication import (
    InferenceSettings,
    comparison_table,
    methods_text,
    paper_tables,
)
from evaluation.publication.facet_figures import facet_figures
from evaluation.publication.pictures import paper_figures
from evaluation.reliability.statistics import REPRODUCIBLE
from evaluation.reliability.summary import summarize
from experiments.analyses.reliability.facets import FacetsFound, summary_of
from experiments.analyses.reliability.run import ReliabilityFound
from experiments.analyses.shared.error_source import MEASUREMENT_ERROR
from experiments.analyses.shared.reliability_source import source_file, write_source
from experiments.analyses.shared.table_files import is_table, write_table
from experiments.folder.file_names import unique_names
from experiments.folder.files import (
    COEFFICIENTS,
    COMPONENTS,
    FACET_LEVELS,
    FACETS_SUMMARY,
    FIGURES,
    METHODS,
    PLANNED,
    RELIABILITY,
    ROBUST_TO,
    SUMMARY,
    TABLES,
)
from experiments.folder.kinds import Drawing, RunTable
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_tables
from experiments.results.inference import RESAMPLES, write_comparison
from harmonize.errors import ConfigurationError
from harmonize.inputs.paths import as_path

SHARES = RunTable("shares.csv")
SIGNATURES = RunTable("signatures.csv")
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
    write_source(table, found.sources)


def _write_folder(folder: RunFolder, found: ReliabilityFound) -> None:
    """Write the reliability table, its summary, the tables and the text of a paper and, if wanted, the figures."""
    computed, analysis, inference = found.computed, found.analysis, found.inference
    folder.write(RELIABILITY, computed)
    AS_CSV.write(folder.folder, computed)
    read, how = found.given.read, analysis.how
    errors = measurement_error_table(read.table, columns=read.features, level=how.level, interval=how.rc_interval)
    MEASUREMENT_ERROR.write(folder.folder, errors)
    folder.write(SUMMARY, summarize(computed, analysis.thresholds, analysis.on))
    tables = list(paper_tables(computed, analysis))
    comparison = None
    folder.renew(SHARES, None)
    folder.renew(SIGNATURES, None)
    if found.signatures is not None:
        SIGNATURES.write(folder.folder, found.signatures)
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


def write_generalizability(out: str | Path, found: FacetsFound) -> None:
    """Write what an analysis of facets found into a folder."""
    folder = RunFolder(facets_folder(out))
    source_file(folder.path(COEFFICIENTS)).unlink(missing_ok=True)
    write_facets(folder, found.tables, found.thresholds)
    if found.figures:
        drawn = dict(facet_figures(found.tables, found.thresholds))
        names = unique_names(drawn)
        for key, figure in drawn.items():
            FIGURES.file(names[key], Drawing).write(folder.folder, figure)
    write_source(folder.path(COEFFICIENTS), found.sources)


def write_facets(
    folder: RunFolder,
    tables: FacetTables,
    thresholds: Mapping[str, float] | None = None,
    usual: float = REPRODUCIBLE["icc"],
) -> None:
    """Write the tables of facets, what is robust to which facet, and their summary, into a folder."""
    folder.write(COMPONENTS, tables.components)
    folder.write(COEFFICIENTS, tables.coefficients)
    folder.write(PLANNED, tables.planned)
    folder.write(ROBUST_TO, facet_verdicts(tables.coefficients, thresholds, usual))
    folder.write(FACETS_SUMMARY, summary_of(tables))
    folder.write(FACET_LEVELS, tables.levels)


def facets_folder(out: str | Path) -> Path:
    """Take the folder of an analysis of facets, or refuse what is named as a single table."""
    folder = as_path(out, "`out`")
    if is_table(folder):
        raise ConfigurationError(f"`out`: {folder}: `facets` leave several tables; name a folder")
    return folder
