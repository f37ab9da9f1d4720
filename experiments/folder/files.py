"""Every file that a run and the commands after it leave in the run's folder, described once.

Those on ordered conditions and perturbations are in `condition_files`.
The folders that analyses add are described with their analyses, `experiments.analyses.addable` lists them. The names
are those of the files, see `experiments.folder.kinds.File`; docs/results.md shows what each holds.
"""

from functools import partial
from typing import Any

from evaluation.tables import FEATURE_KEYS, RELIABILITY_KEYS, check_feature_table, check_reliability_table
from experiments.folder.condition_files import OF_CONDITIONS
from experiments.folder.kinds import File, PlaceInRun, Record, RunTable, Text
from experiments.folder.scorecard_files import OF_SCORECARDS

SUMMARY_TEXTS = ("strategy", "statistic", "by", "level", "direction", "text")
COMPARED = ("strategy", "statistic", "by", "level", "status")

REPORT = Text("report.html", "everything below for reading, in one file that needs no network", sealed=False)
FEATURES = RunTable(
    "features.parquet",
    "one row per strategy, subject, sequence, condition and ROI (and `segmentation`, if the study has them): levels "
    "of the factors, `voxels`, `bins` (gray levels in the ROI), covariates, one column per feature",
    texts=FEATURE_KEYS,
    check=partial(check_feature_table, mixed=True),
)
IBSI = RunTable(
    "ibsi.csv",
    "for each feature column its IBSI name and code, and whether PyRadiomics' definition agrees ([IBSI](ibsi.md))",
    texts=("feature", "name", "code", "agreement"),
    all_texts=True,
)
RELIABILITY = RunTable(
    "reliability.parquet",
    "one row per strategy, sequence, ROI, feature, condition and statistic, see below; coefficients of facets "
    "where the rule names them",
    texts=(*RELIABILITY_KEYS, "status"),
    numbers=("estimate", "lower", "upper", "n"),
    check=check_reliability_table,
)
SUMMARY = RunTable(
    "summary.csv",
    "median (Q1, Q3) and shares beyond thresholds (those of the study, else the usual ones), overall and by sequence, "
    "ROI, feature class and condition, with both denominators",
    texts=SUMMARY_TEXTS,
    numbers=(
        *("n_total", "n_computed", "median", "q1", "q3"),
        *("threshold", "passing", "share_of_computed", "share_of_all"),
    ),
)
OF_A_FEATURE = ("strategy", "sequence", "roi", "feature")
COMPONENTS = RunTable(
    "variance_components.parquet",
    "only of a study with [facets](study_file.md#facets): variance of each feature between subjects, over facets and "
    "in their interactions, with limits and share of the sum ([definition](definitions.md#facets))",
    texts=(*OF_A_FEATURE, "component", "status"),
    numbers=("variance", "lower", "upper", "share", "n", "cells"),
)
COEFFICIENTS = RunTable(
    "coefficients.parquet",
    "with facets: `g`, `phi`, `g_mean`, `phi_mean` and `icc[FACET]` of each feature, with limits",
    texts=(*OF_A_FEATURE, "coefficient", "status"),
    numbers=("estimate", "lower", "upper", "n"),
)
PLANNED = RunTable(
    "decision_study.parquet",
    "with facets: `g` and `phi` of means over 1 to 8 levels of one random facet, with limits",
    texts=(*OF_A_FEATURE, "facet"),
    numbers=("levels", "g", "g_lower", "g_upper", "phi", "phi_lower", "phi_upper"),
)
ROBUST_TO = RunTable(
    "robust_to.csv",
    "with facets: for each feature and facet whether its agreement over the levels (`icc[FACET]`) exceeds its "
    "threshold in the rule of the study, else that of the ICC (0.9 without one) by its lower limit (`yes`), by the "
    "estimate alone (`estimate`), or not (`no`)",
    texts=(*OF_A_FEATURE, "facet", "verdict"),
    numbers=("threshold", "estimate", "lower", "upper"),
)
FACETS_SUMMARY = RunTable(
    "facets.csv",
    "with facets: medians and quartiles over features of shares of variance and of coefficients, by strategy",
    texts=("strategy", "of", "name"),
    numbers=("median", "q1", "q3", "n_computed", "n_total"),
)
FACET_LEVELS = RunTable(
    "facet_levels.csv",
    "with facets: of each whether it is fixed or nested, its levels, and how many subjects (or what it is nested in) "
    "have one, and which other facet goes with it",
    texts=("facet", "how", "same_as"),
    numbers=("levels", "groups", "single"),
)
PERTURBED = RunTable(
    "perturbation_reliability.parquet",
    "where the study has [`perturbations`](perturbations.md): the condition that was perturbed (`on`), `chain`, and "
    "the columns of reliability.parquet: `icc_1`, `icc_a1`, `cv` and `qcd` of each chain, `icc` and `ccc` of each draw "
    "against the unperturbed scan",
    texts=("on", "chain", *RELIABILITY_KEYS, "status"),
    numbers=("estimate", "lower", "upper", "n"),
)
PERTURBED_SUMMARY = RunTable(
    "perturbations.csv",
    "the same over features: medians, quartiles, and how many exceed the threshold of the ICC in the rule of the study "
    "(0.9 without one) by the estimate (`passing`) and by its lower limit (`sure`)",
    texts=("strategy", "on", "chain", "statistic"),
    numbers=("n_total", "n_computed", "median", "q1", "q3", "threshold", "passing", "sure"),
)
OF_FACETS = (COMPONENTS, COEFFICIENTS, PLANNED, ROBUST_TO, FACETS_SUMMARY, FACET_LEVELS)
STRATEGIES = RunTable(
    "strategies.csv",
    "one row a strategy: medians, shares beyond the thresholds of summary.csv with their limits (`icc_share_lower`, "
    "...), `robust_share`, `whitelist_size`, `everywhere`, failures; a share of which nothing could be computed is "
    "empty, not 0",
    texts=("strategy",),
)
COMPARISON = PlaceInRun("comparison", "every strategy against the first, see below")
COMPARED_FEATURES = RunTable(
    f"{COMPARISON}/features.parquet",
    "strategy, sequence, ROI, feature, condition and statistic: gain and ratio of errors with limits, p, q",
    texts=RELIABILITY_KEYS,
    numbers=("gain", "ratio", "p", "q"),
)
COMPARED_SUMMARY = RunTable(
    f"{COMPARISON}/summary.csv",
    "strategy, statistic and level of overall, sequence, ROI, feature class and condition: mean gain and ratio with "
    "limits, p, q, status",
    texts=COMPARED,
    numbers=("n_total", "n_ratio", "ratio", "ratio_lower", "ratio_upper", "p", "q"),
)
COMPARED_SHARES = RunTable(
    f"{COMPARISON}/shares.csv",
    "the same for the difference of the shares that pass, of the `n_total` combinations that both strategies have; "
    "`reproducible` is all thresholds under every condition",
    texts=COMPARED,
    numbers=("n_total", "difference", "lower", "upper", "p", "q"),
)
COMPARED_RANKS = RunTable(
    f"{COMPARISON}/ranks.csv",
    "strategy and statistic: rank by the share, with limits, and how often it comes first",
    texts=("strategy", "statistic"),
    numbers=("rank", "lower", "upper", "first"),
)
COMPARED_OVERLAP = RunTable(
    f"{COMPARISON}/overlap.csv",
    "pair of strategies: Jaccard's and Kuncheva's index of their robust features",
    texts=("first", "second", "by", "level", "status"),
    numbers=("jaccard", "kuncheva"),
)
COMPARED_TABLES = (COMPARED_FEATURES, COMPARED_SUMMARY, COMPARED_SHARES, COMPARED_RANKS, COMPARED_OVERLAP)
EFFECTS = RunTable(
    "effects.parquet",
    "what acquisition and reconstruction do to each feature, if the study has two factors of two levels",
    texts=("strategy", "sequence", "roi", "feature"),
    numbers=("acquisition", "combined", "share_subject"),
)
VARIANCE = RunTable(
    "variance.parquet",
    "which part of the variance of each feature lies between conditions, within subjects and between subjects",
    texts=("strategy", "sequence", "roi", "feature", "status"),
    numbers=("n", "share_condition", "share_residual", "share_subject"),
)
SCANNERS = RunTable(
    "scanners.csv",
    "only where subjects of one condition were on different scanners: median ICC and share beyond its threshold over "
    "all subjects, within scanners and on each, by strategy and sequence "
    "([definition](definitions.md#icc-within-scanners))",
    texts=("strategy", "sequence", "scanner", "scanners", "status"),
    numbers=(
        *("n_subjects", "n_total", "n_computed", "threshold"),
        *("icc_median", "icc_median_within", "icc_share", "icc_share_within"),
    ),
)
TESTS = RunTable(
    "tests.parquet",
    "Friedman's and Wilcoxon's tests of each feature",
    texts=("strategy", "condition", "test"),
    numbers=("p", "q", "n"),
)
TABLES = PlaceInRun("tables", "the tables of a paper as CSV, LaTeX (`booktabs`) and Markdown")
METHODS = Text("methods.md", "the statistics section of a paper from the settings, with versions and references")
WHITELISTS = PlaceInRun("whitelists", "`<strategy>.json`: the robust features, see below")
FITTED = PlaceInRun(
    "fitted",
    "`<strategy>_<step>.json`: what steps such as `nyul` learned from the cohort, for use in [another "
    "study](steps.md#steps-that-learn-from-a-cohort); `<strategy>_harmonizer.json`: the harmonizer fitted on all "
    "subjects, for new ones",
)
HARMONIZATION = RunTable(
    "harmonization.parquet",
    "where a strategy has a harmonizer: reliability of raw, in-sample and held-out values "
    "([harmonization](harmonization.md#in-a-study))",
    texts=("strategy", "values", *RELIABILITY_KEYS[1:]),
    numbers=("estimate",),
)
HARMONIZATION_SUMMARY = RunTable(
    "harmonization.csv",
    "where a strategy has a harmonizer: what is gained, and what would be by chance",
    texts=("strategy", "measure"),
    numbers=(
        *("raw", "in_sample", "held_out", "null_raw", "null_in_sample", "null_held_out"),
        *("p_in_sample", "p_held_out", "p_loss", "n_permutations"),
    ),
)
BATCH_EFFECTS = Record("harmonization.json", "where a strategy has a harmonizer: the numbers of its pictures")
FAILURES = RunTable(
    "failures.csv",
    "what could not be done: which scan and ROI, which step, what happened, what to do",
    texts=("strategy", "subject", "sequence", "condition", "roi", "file", "step", "problem", "advice"),
    all_texts=True,
)
REMARKS = RunTable(
    "remarks.csv",
    "only of features extracted like those of a study: what is unlike, what follows ([patients](how_to/patients.md))",
    texts=("strategy", "subject", "sequence", "condition", "roi", "what", "found", "study", "consequence"),
)
OUTSIDE = RunTable(
    "outside.csv",
    "only of features extracted like those of a study: for each how many values lie outside the study's range",
    texts=("strategy", "sequence", "roi", "feature"),
    numbers=(
        *("n", "below", "above", "least", "largest"),
        *("study_least", "study_largest", "study_people", "study_ends"),
    ),
)
REGISTRATION = RunTable(
    "registration.csv",
    "where ROIs were [carried from the reference](study_file.md#registration): motion, residual, overlap and why some "
    "were refused",
    all_texts=True,
)
REGISTRATIONS = PlaceInRun("registration", "the transforms of registered scans")
AUDIT = Record(
    "audit.json",
    "completeness of the study",
    keys={"errors": int, "warnings": int, "findings": list, "cells": dict, "completeness": list},
)
QUALITY = RunTable(
    "image_quality.parquet",
    "one row for each scan, ROI or two of them, and measure of [image quality](quality.md), of the scans as they are: "
    "value, unit, and status where it could not be computed",
    texts=("subject", "sequence", "condition", "segmentation", "roi", "other", "measure", "unit", "status"),
    numbers=("value",),
)
PROTOCOL = RunTable(
    "protocol.csv",
    "how each scan was made, one row a scan, if there are DICOM headers or JSON sidecars ([input](input.md))",
    texts=("subject", "sequence", "condition", "source", "implausible"),
    all_texts=True,
)
LOG = Text(
    "run.log",
    "what every run did when, with which versions, how long it took, what failed ([long runs](running.md))",
    sealed=False,
)
TIMINGS = Record("timings.json", "seconds of each stage of the last run, for `radharmony plan`", sealed=False)
RUN = Record(
    "run.json",
    "the study's settings with all defaults, digests, versions, times; the SHA-256 of every file of the run under "
    "`files`, and a `digest` over all of it",
    sealed=False,
    advice="run the study again into the folder; what is finished is taken over",
    keys={
        **dict.fromkeys(
            ("name", "description", "reference", "settings_digest", "data_digest", "started", "finished"), str
        ),
        **dict.fromkeys(("factors", "subjects", "sequences", "conditions", "rois", "strategies"), list),
        **dict.fromkeys(("rule", "versions", "inference", "files"), dict),
        **{"scans": int, "seconds": (int, float), "registration": (dict, type(None))},
    },
)
FIGURES = PlaceInRun("figures", "the figures of the report as SVG", sealed=False)
CHECKLIST = RunTable(
    "checklist.csv",
    "METRICS and CLEAR, filled as far as the run knows ([checklists](checklists.md))",
    texts=("checklist", "item", "section", "asks_for", "answer", "known", "source"),
    sealed=False,
)
REPORTED = Record(
    "report.json",
    "the SHA-256 of the report, its figures and the checklist, by which a second run finds one that was damaged",
    sealed=False,
    keys={"files": dict},
)
FINDINGS = PlaceInRun(
    "findings", "what analyses added to the run, and to which results, for the report and MLflow", sealed=False
)
PICTURES = PlaceInRun(
    "pictures", "pictures of the scans under each strategy as JPEG, see [below](#pictures)", may_go=True
)
PICTURE_LIST = Record(f"{PICTURES}/pictures.json", sealed=False, keys={"pictures": list})
OVERLAYS = PlaceInRun(f"{PICTURES}/registration")  # of registered pairs
INTERMEDIATES = PlaceInRun(
    "intermediates",
    "only where they are asked for: scans after every step as NIfTI, see [below](#intermediates)",
    sealed=False,
)
TRACKING = File[bytes](
    "mlflow.db",
    "the [tracked runs](tracking.md), with `mlruns/`, unless they are kept in another place or not at all",
    sealed=False,
)
TRACKED = Record(
    "tracking.json",
    "which of the tracked runs is that of the folder",
    sealed=False,
    keys=dict.fromkeys(("tracking_uri", "run_id", "identity"), str),
)
FINISHED = PlaceInRun(
    "finished",
    "results per scan and strategy, taken over by the next run if image, masks, settings and versions are the same, "
    "see [cache](cache.md); may be deleted",
    sealed=False,
)

_OWN = [value for value in list(globals().values()) if isinstance(value, File) and value.holds]
_AT = _OWN.index(TABLES)
FILES: tuple[File[Any], ...] = (*_OWN[:_AT], *OF_CONDITIONS, *OF_SCORECARDS, *_OWN[_AT:])
"""All of them, in the order of docs/results.md; not what stands in the folders among them."""
