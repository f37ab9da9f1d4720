"""The files of a run on ordered conditions and on perturbations."""

from evaluation.tables import WORTH_KEYS, WORTH_NUMBERS
from experiments.folder.kinds import RunTable

TRENDS = RunTable(
    "trends.parquet",
    "where the study has [`levels`](study_file.md#ordered-levels): slope of each feature per unit of a level with "
    "limits and a test, whose q (`slope_q`) gives `direction`; a rank test of whether the level changes anything (`p`, "
    "`q`); the highest level at which it passes ([definitions](definitions.md#trends))",
    texts=("factor", "strategy", "sequence", "roi", "at", "feature", "test", "direction", "highest_status"),
    numbers=("slope", "lower", "upper", "percent", "p", "q", "n", "highest", "passing", "tested"),
)
TREND_LEVELS = RunTable(
    "trend_levels.parquet",
    "the same by level: mean, statistics of the rule against the reference level, and whether it passes",
    texts=("factor", "strategy", "sequence", "roi", "at", "feature"),
    numbers=("number", "mean"),
)
TREND_SUMMARY = RunTable(
    "trends.csv",
    "how many features rise and fall, overall and by sequence, ROI and feature class",
    texts=("factor", "strategy", "at", "by", "level"),
    numbers=("n_total", "n_computed", "rising", "falling", "again", "percent"),
)
TREND_SHARES = RunTable(
    "trend_shares.csv",
    "the same by level: how many features pass at it, and up to it",
    texts=("factor", "strategy", "at", "by", "level"),
    numbers=("number", "n_total", "n_computed", "passing", "up_to"),
)
PERTURBATION_WORTH = RunTable(
    "perturbation_worth.parquet",
    "only of a study with perturbations and several conditions: for each chain how many truly unstable features it "
    "catches and how many stable ones it rejects, with limits and ceiling ([definition](perturbation_worth.md))",
    texts=(*WORTH_KEYS, "status"),
    numbers=WORTH_NUMBERS,
)
QUALITY_LOSS = RunTable(
    "quality_association.parquet",
    "which change of image quality goes with the loss of each class of features ([definition](quality.md))",
    texts=("strategy", "sequence", "roi", "class", "measure", "status"),
    numbers=("r", "lower", "upper", "p", "q", "n"),
)
OF_CONDITIONS = (TRENDS, TREND_LEVELS, TREND_SUMMARY, TREND_SHARES, PERTURBATION_WORTH, QUALITY_LOSS)
"""All of them, in the order of docs/results.md."""
