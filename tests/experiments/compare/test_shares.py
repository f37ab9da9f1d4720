import numpy as np
import pandas as pd

from experiments.compare.shares import compare_shares


def strategies(**shares: float) -> pd.DataFrame:
    columns = {f"robust_share{end}": [*shares.values()] for end in ("", "_lower", "_upper")}
    return pd.DataFrame({"strategy": [*shares], **columns})


def test_shares_stand_side_by_side_in_the_order_of_the_first_run() -> None:
    found = compare_shares(strategies(raw=0.25, n4=0.5), strategies(zscore=0.125, n4=0.75))
    assert found["strategy"].tolist() == ["raw", "n4", "zscore"]
    np.testing.assert_equal(found["difference"].to_numpy(), [np.nan, 0.25, np.nan])
    np.testing.assert_equal(found["b_upper"].to_numpy(), [np.nan, 0.75, 0.125])


def test_a_run_without_limits_or_shares_has_none() -> None:
    bare = pd.DataFrame({"strategy": ["raw", "n4"], "robust_share": ["", 0.5]})
    found = compare_shares(bare, strategies(raw=0.5, n4=0.25))
    np.testing.assert_equal(found["a_lower"].to_numpy(), [np.nan, np.nan])
    np.testing.assert_equal(found["difference"].to_numpy(), [np.nan, -0.25])
