"""The robust shares of two runs side by side."""

import pandas as pd

from harmonize.arrays import FloatArray

COLUMNS = tuple(f"robust_share{end}" for end in ("", "_lower", "_upper"))
"""Of strategies.csv: the share, and its limits where it has any."""


def compare_shares(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Put the robust shares of strategies side by side.

    Parameters
    ----------
    first, second : DataFrame
        Tables strategies.csv of the runs, by the names under which strategies are compared.

    Returns
    -------
    DataFrame
        A row for each strategy of either: ``strategy``, ``a``, ``a_lower``, ``a_upper``, the same of ``b``, and the
        ``difference`` b - a; NaN for what a run lacks or could not compute.

    Examples
    --------
    >>> one = pd.DataFrame({"strategy": ["raw", "n4"], "robust_share": [0.25, 0.5]})
    >>> other = pd.DataFrame({"strategy": ["raw", "zscore"], "robust_share": [0.75, 0.5]})
    >>> compare_shares(one, other)[["strategy", "a", "b", "difference"]]
      strategy     a     b  difference
    0      raw  0.25  0.75         0.5
    1       n4  0.50   NaN         NaN
    2   zscore   NaN  0.50         NaN
    """
    names = list(dict.fromkeys([*first["strategy"], *second["strategy"]]))
    sides: dict[str, FloatArray] = {}
    for side, found in (("a", first), ("b", second)):
        rows = found.set_index("strategy").reindex(index=names, columns=list(COLUMNS)).apply(pd.to_numeric)
        ends = (column.removeprefix("robust_share") for column in COLUMNS)
        sides |= {f"{side}{end}": rows[column].to_numpy(float) for end, column in zip(ends, COLUMNS, strict=True)}
    return pd.DataFrame({"strategy": names, **sides, "difference": sides["b"] - sides["a"]})
