"""The files of a scorecard of harmonizers."""

from evaluation.tables import SCORECARD_NUMBERS, SCORECARD_TEXTS
from experiments.folder.kinds import Record, RunTable

SCORECARD = RunTable(
    "harmonization_scorecard.parquet",
    "where the study has [`harmonizers`](harmonization.md#which-harmonizer-the-scorecard): for each strategy, way of "
    "holding out, harmonizer and measure the estimate with limits, rank with limits, p of the gain, status and reason",
    texts=("strategy", "held", *SCORECARD_TEXTS),
    numbers=SCORECARD_NUMBERS,
)
SCORECARD_RECORD = Record(
    "harmonization_scorecard.json",
    "what the scorecard was computed with, its notes, and the seconds that each harmonizer took",
    keys={"strategies": dict, "permutations": int},
    sealed=False,
)
OF_SCORECARDS = (SCORECARD, SCORECARD_RECORD)
"""All of them, in the order of docs/results.md."""
