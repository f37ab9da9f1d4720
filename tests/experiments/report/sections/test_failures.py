import numpy as np
import pandas as pd

from evaluation.reliability.status import MEANINGS, Status
from experiments.report.sections.failures import statuses


def test_every_status_has_its_meaning() -> None:
    assert set(MEANINGS) == {str(status) for status in Status} - {"ok"}


def test_statuses_are_counted_by_strategy_and_statistic() -> None:
    reliability = pd.DataFrame(
        {
            "strategy": ["a", "a", "a", "b"],
            "statistic": "icc",
            "status": ["ok", "negative", "constant", "ok"],
            "estimate": [0.9, -0.1, np.nan, 0.8],
        }
    )
    rows = statuses(reliability)["rows"]
    assert [row[:6] for row in rows] == [
        ["a", "ICC", "negative", "1", "33\u00a0%", "0"],
        ["a", "ICC", "constant", "1", "33\u00a0%", "1"],
    ]
    assert [row[6] for row in rows] == [MEANINGS[Status.NEGATIVE], MEANINGS[Status.CONSTANT]]
