"""The tables and the statistics section of a paper, from a run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from evaluation.generalizability.levels import met_in
from evaluation.publication import (
    Analysis,
    HarmonizationMethod,
    InferenceSettings,
    comparison_table,
    effects_tables,
    methods_text,
    paper_tables,
)
from evaluation.publication.analysis import subjects_used
from evaluation.reliability.statistics import completed
from evaluation.tables import feature_columns
from experiments.folder.files import FACET_LEVELS, METHODS, REGISTRATION, SCANNERS, TABLES
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_tables
from experiments.page.chains import chains_in_words
from experiments.results.inference import Inference
from experiments.results.scanners import scanner_counts
from experiments.study.harmonizer import method_text
from selection.thresholds import Thresholds


def write_paper(
    run: RunFolder,
    study: Mapping[str, Any],
    rule: Thresholds,
    features: pd.DataFrame,
    reliability: pd.DataFrame,
    passing: pd.DataFrame,
    inference: Inference,
) -> None:
    """Write the folder `tables` and methods.md.

    Parameters
    ----------
    run : RunFolder
        Where they go.
    study : mapping
        `reference`, `conditions`, `sequences`, `rois`, `strategies` and, if any, `perturbations`, as in run.json.
    rule : Thresholds
        What a robust feature must pass.
    features, reliability : DataFrame
        The tables.
    passing : DataFrame
        What `rule.passing` says.
    inference : Inference
        What was tested.
    """
    analysis = replace(
        _analysis(study, rule, features, reliability, inference),
        carried=_carried(run, study),
        scanners=scanner_counts(run.get(SCANNERS)),
        segmentations=tuple(study.get("segmentations", ())),
        facets=_facets(run),
        perturbed={name: str(chain) for name, chain in chains_in_words(study).items()},
    )
    keys = ["strategy", "sequence", "roi", "feature"]
    judged = passing.groupby(keys, sort=False, observed=True).agg(
        n_needed=("n_needed", "sum"), n_computed=("n_computed", "sum"), reproducible=("passes", "all")
    )
    tables = list(paper_tables(reliability, analysis, judged.reset_index()))
    if inference.comparison is not None:
        tables.append(comparison_table(inference.comparison, analysis))
    if inference.effects is not None:
        tables += effects_tables(inference.effects, analysis)
    for ending in (".csv", ".tex", ".md"):
        for old in run.there(TABLES, ending):
            if old.stem not in {table.name for table in tables}:
                old.unlink()
    write_tables(run.path(TABLES), tables)
    run.write(METHODS, methods_text(analysis))


def _facets(run: RunFolder) -> tuple[str, ...]:
    """Describe the facets of the study, if it has some."""
    levels = run.get(FACET_LEVELS)
    return () if levels is None else tuple(one.words for one in met_in(levels))


def _carried(run: RunFolder, study: Mapping[str, Any]) -> tuple[int, int] | None:
    """Count the scans that regions were carried to, and those that they were to be carried to."""
    pairs = run.standing(REGISTRATION) if study.get("registration") else None
    if pairs is None or pairs.empty:
        return None
    scans = pairs.groupby(["subject", "sequence", "condition"])["status"].agg(lambda found: "carried" in set(found))
    return int(scans.sum()), len(scans)


def _analysis(
    study: Mapping[str, Any],
    rule: Thresholds,
    features: pd.DataFrame,
    reliability: pd.DataFrame,
    inference: Inference,
) -> Analysis:
    subjects = features["subject"].nunique()
    computed = tuple(map(str, pd.unique(reliability["statistic"])))
    baseline = None if inference.comparison is None else inference.comparison.baseline
    return Analysis(
        reference=study["reference"],
        conditions=tuple(study["conditions"]),
        subjects=subjects,
        features=len(feature_columns(features)),
        used=subjects_used(reliability, subjects),
        strategies=tuple(map(str, pd.unique(features["strategy"]))),
        sequences=tuple(study["sequences"]),
        rois=tuple(study["rois"]),
        thresholds=completed(rule.limits),
        rule=dict(rule.limits),
        statistics=computed,
        rule_words="" if inference.is_rule else rule.describe(),
        harmonized=_harmonized(study["strategies"], features),
        inference=InferenceSettings(
            baseline,
            inference.resamples,
            inference.factors,
            inference.tests is not None,
            inference.learned if baseline is not None else {},
            "robust_share" in set(inference.intervals["share"]),
        ),
    )


def _harmonized(strategies: Sequence[Mapping[str, Any]], features: pd.DataFrame) -> dict[str, HarmonizationMethod]:
    computed = set(features["strategy"])
    found = {}
    for strategy in strategies:
        harmonizer = strategy.get("harmonizer")
        if harmonizer is not None and strategy["name"] in computed:
            from harmonize.combat import METHODS  # only here: it loads scikit-learn

            (method,) = set(harmonizer) & set(METHODS)
            found[strategy["name"]] = HarmonizationMethod(method, method_text(harmonizer))
    return found
