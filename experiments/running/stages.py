"""What a run does, stage after stage: each reads what earlier ones left in `Work`, and writes its files.

A new stage is a function here, or in `scan_stages` if it concerns scans alone, and an entry in `STAGES`.
"""

from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from evaluation.generalizability.facets import FacetDesign
from evaluation.ibsi import ibsi_table
from evaluation.quality.association import quality_association
from evaluation.reliability.by_facet import facet_of
from evaluation.reliability.perturbed import perturbed_reliability, perturbed_summary
from evaluation.reliability.statistics import REPRODUCIBLE, STATISTICS, completed, usual
from evaluation.reliability.summary import summarize
from evaluation.reliability.table import reliability_table
from evaluation.tables import PERTURBATION, SEGMENTATION, as_taken, feature_columns, of_segmentation, unperturbed
from experiments.folder.condition_files import PERTURBATION_WORTH, QUALITY_LOSS
from experiments.folder.failures import failure_table
from experiments.folder.files import (
    FAILURES,
    FEATURES,
    IBSI,
    OF_FACETS,
    PERTURBED,
    PERTURBED_SUMMARY,
    PROTOCOL,
    QUALITY,
    RELIABILITY,
    SCANNERS,
    STRATEGIES,
    SUMMARY,
)
from experiments.folder.scorecard_files import OF_SCORECARDS
from experiments.results.inference import infer, write_inference
from experiments.results.learned import learned_of, seen_scans
from experiments.results.paper import write_paper
from experiments.results.scanners import scanner_table, within_strategies
from experiments.results.strategy_table import judged_strategies, strategy_table
from experiments.results.trends import trends_of, write_trends
from experiments.results.worth import worth_of
from experiments.running.comparable import comparable, not_compared
from experiments.running.harmonized import Harmonization, write_harmonization
from experiments.running.log import log_failures
from experiments.running.pictures.pictures import picture
from experiments.running.record import record_of, whitelists_of, write_whitelists
from experiments.running.rows import in_order
from experiments.running.scan_stages import audit, fit, gather, look, register
from experiments.running.shared_images import names_of_images
from experiments.running.work import Work


def pair(work: Work) -> None:
    """Say what cannot be compared for want of scans, by the segmentation that is compared."""
    own = unperturbed(of_segmentation(work.features, work.study.segmentation))
    work.features, work.others = own, work.features.drop(own.index)
    failed = of_segmentation(work.failures, work.study.segmentation)
    missing = not_compared(work.study, work.features, failed)
    work.judged = comparable(work.study, missing, work.run.path(FAILURES))
    work.record["not_compared"] = [asdict(one) for one in missing]


def score(work: Work) -> None:
    """Compare the harmonizers that the study names: harmonization_scorecard.parquet."""
    if work.study.harmonizers is None:
        for file in OF_SCORECARDS:  # those of an earlier run go
            work.run.renew(file, None)
        return
    from experiments.running.scorecards import write_scorecards  # only here: it loads scikit-learn

    write_scorecards(work.run, work.study, work.study.harmonizers, work.features, work.told("harmonizers"))


def harmonize(work: Work) -> None:
    """Put held-out values in place where a strategy has a harmonizer: harmonization.*, failures.csv, ibsi.csv."""
    found = Harmonization(work.features)
    if any(strategy.harmonizer for strategy in work.study.strategies):
        from experiments.running.harmonization import harmonize_strategies  # only here: it loads scikit-learn

        found = harmonize_strategies(work.study, work.features, work.told("harmonization"), work.store)
        perturbed = work.others.drop(unperturbed(work.others).index)
        drawn = work.others.drop(perturbed.index)
        others = dict(list(drawn.groupby(SEGMENTATION, sort=False))) if len(drawn) else {}
        for name, rows in others.items():  # each learns from its own
            other = harmonize_strategies(work.study, rows, None, work.store)
            others[name], told = other.features, [replace(one, segmentation=str(name)) for one in other.failures]
            found = replace(found, failures=(*found.failures, *told))
        plain = [one.name for one in work.study.strategies if one.harmonizer is None]  # perturbed scans teach nothing
        work.others = pd.concat([*others.values(), perturbed[perturbed["strategy"].isin(plain)]])
    if found.failures:
        work.failures = failure_table([*work.failed, *found.failures])
        work.run.write(FAILURES, work.failures)
    log_failures([*work.failed, *found.failures])
    write_harmonization(found, work.run)
    work.features, work.learned = found.features, found.learned
    work.run.write(FEATURES, _with_others(work))
    work.run.write(IBSI, ibsi_table(feature_columns(work.features)))


def _with_others(work: Work) -> pd.DataFrame:
    """Give the features of all segmentations, and of perturbed scans."""
    if work.others.empty:
        return work.features
    names = [strategy.name for strategy in work.study.strategies]
    return in_order(pd.concat([work.features, work.others], ignore_index=True), names).reset_index(drop=True)


def apportion(work: Work) -> None:
    """Tell apart what varies over the facets that the study names: variance_components.parquet, coefficients ..."""
    if work.study.facets is None:
        for file in OF_FACETS:  # those of an earlier run go
            work.run.renew(file, None)
        return
    from experiments.analyses.reliability.facets import tables_over  # only here: they load what draws
    from experiments.analyses.reliability.files import write_facets

    tables = tables_over(_over(work, work.study.facets), work.study.facets)
    limits = work.judged.thresholds.limits
    asked = {facet: limit for name, limit in limits.items() if (facet := facet_of(name))}
    write_facets(work.run, tables, asked, limits.get("icc", REPRODUCIBLE["icc"]))
    work.of_facets = tables.reliability


def _over(work: Work, design: FacetDesign) -> pd.DataFrame:
    """Give the measurements that a design is of."""
    names = {facet.name for facet in design.facets}
    features = _with_others(work) if SEGMENTATION in names else work.features
    if PERTURBATION in names:  # whose draws are alike, while what they are drawn from is none of them
        features = features[~as_taken(features)]
    return features


def judge(work: Work) -> None:
    """Measure reliability, and list what passes the rule: reliability.parquet, summary.csv, whitelists/ ..."""
    rule = work.judged.thresholds
    statistics = dict.fromkeys((*usual(), *(name for name in rule.statistics if name in STATISTICS)))
    computed = reliability_table(work.features, work.study.reference, statistics=tuple(statistics))
    asked = work.of_facets[work.of_facets["statistic"].isin(rule.statistics)]
    work.reliability = pd.concat([computed, asked], ignore_index=True) if len(asked) else computed
    work.run.write(RELIABILITY, work.reliability)
    thresholds = completed(work.judged.thresholds.limits)
    work.summary = summarize(work.reliability, thresholds)
    work.run.write(SUMMARY, work.summary)
    scanners = scanner_table(work.features, work.study.reference, work.run.get(PROTOCOL), thresholds["icc"])
    work.run.renew(SCANNERS, scanners)
    work.whitelists = whitelists_of(work.judged, work.reliability, work.data_digest, _learned(work))
    write_whitelists(work.run, work.whitelists)


def _learned(work: Work) -> dict[str, dict[str, Any]]:
    """Give what the whitelist of each strategy hands on."""
    seen = seen_scans(work.study.factors, work.audit["geometry"] if work.audit else {}, work.run.get(PROTOCOL))
    images = {name: first for first, names in names_of_images(work.study.strategies).items() for name in names}
    return {
        strategy.name: learned_of(work.run, strategy, images[strategy.name], work.features, seen)
        for strategy in work.study.strategies
    }


def perturb(work: Work) -> None:
    """Say how far features agree over what scans were perturbed by, and what that is worth: perturbation_...parquet."""
    reliability = summary = worth = None
    if PERTURBATION in work.features:
        table = of_segmentation(_with_others(work), work.study.segmentation)
        rule = work.judged.thresholds
        reliability = perturbed_reliability(table)
        summary = perturbed_summary(reliability, rule.limits.get("icc", REPRODUCIBLE["icc"]))
        worth = worth_of(table, work.study.reference, rule)
    work.run.renew(PERTURBED, reliability)
    work.run.renew(PERTURBED_SUMMARY, summary)
    work.run.renew(PERTURBATION_WORTH, worth)


def order(work: Work) -> None:
    """Say what the ordered levels that the study names do to features: trends.parquet, trend_shares.csv ..."""
    found = None
    if work.study.levels:
        found = trends_of(work.features, work.study.levels, work.judged.thresholds)
    write_trends(work.run, found)


def explain(work: Work) -> None:
    """Say which change of image quality goes with the loss of features: quality_association.parquet."""
    quality = of_segmentation(work.run[QUALITY], work.study.segmentation)
    there = [one for one in (quality, work.features) if work.study.reference in set(one["condition"])]
    several = len(there) == 2 and quality["condition"].nunique() > 1  # perturbed scans have no quality of their own
    found = quality_association(quality, work.features, work.study.reference) if several else None
    work.run.renew(QUALITY_LOSS, None if found is None or found.empty else found)


def compare(work: Work) -> None:
    """Compare strategies and conditions: comparison/, effects, tests, strategies.csv, and tables for a paper."""
    thresholds, names = work.judged.thresholds, [strategy.name for strategy in work.study.strategies]
    over = None
    if work.study.facets is not None and thresholds.without_facets != thresholds:
        from evaluation.generalizability.left_out import OverFacets  # only here: it loads what draws

        over = OverFacets(_over(work, work.study.facets), work.study.facets)
    inference = infer(
        *(work.features, work.study.reference, thresholds, work.study.factors, work.told("statistics")),
        learned=work.learned,
        over=over,
    )
    write_inference(work.run, inference)
    known = judged_strategies(work.reliability, thresholds)
    within = within_strategies(work.run.get(SCANNERS))
    work.strategies = strategy_table(
        names, work.features, work.summary, work.whitelists, work.failures, inference.intervals, known, within
    )
    work.run.write(STRATEGIES, work.strategies)
    passing = thresholds.passing(work.reliability)
    write_paper(work.run, record_of(work.judged), thresholds, work.features, work.reliability, passing, inference)
    work.record["inference"] = inference.record()


STAGES = (
    *(register, fit, look, gather, pair, score, harmonize, audit, apportion),
    *(judge, perturb, order, explain, compare, picture),
)
"""In this order; all but the report, which is made of the files that they leave."""
