"""The values behind every field of the maps of robust features, packed so that the page can look them up."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.reliability.statistics import about
from evaluation.reliability.status import MEANINGS, Status
from evaluation.tables import ALL_CONDITIONS
from experiments.page import Content, wording
from experiments.page.context import Members
from harmonize.arrays import FloatArray

EVERY = "every"
"""The column of features that are robust in every condition, which is what the whitelist holds."""

MOST_BYTES = 4_000_000
"""A page may not grow beyond what mail and browsers bear: limits, then all values, are left out of larger studies."""
ABSENT = 65535
LOWEST_POWER = -20


def pack_cells(
    reliability: pd.DataFrame,
    passed: pd.DataFrame,
    robust: Mapping[str, Members],
    run: Mapping[str, Any],
    statistics: Sequence[str],
    directions: Mapping[str, str],
    most: int = MOST_BYTES,
) -> Content:
    """Pack the reliability table for the page.

    All columns share one order: strategy, sequence, ROI, feature, each in the order of its list. Numbers have three
    significant digits in two bytes (see `encode`).

    Parameters
    ----------
    reliability, passed : DataFrame
        The reliability table, and what `passes` says of it.
    robust : dict
        What the whitelist of each strategy holds.
    run : mapping
        The content of run.json.
    statistics : sequence of str
        Which to pack, in this order.
    directions : mapping
        "<" for each statistic of which less is better.
    most : int
        Bytes; beyond it the confidence limits are left out, and if that is not enough, everything.

    Returns
    -------
    dict
        ``json``, which the script of the page reads (empty where it would be too large), the names of the
        ``statistics`` in it, and whether it ``has_limits``.
    """
    rows = reliability[reliability["statistic"].isin(list(statistics))]
    axes = {
        "strategy": tuple(robust),
        "sequence": tuple(run["sequences"]),
        "roi": tuple(run["rois"]),
        "feature": tuple(map(str, reliability["feature"].unique())),
    }
    names = [wording.label(name) for name in statistics]
    places = _Places(axes)
    groups = dict(iter(rows.groupby(["statistic", "condition"], sort=False, observed=True)))
    keys = [(name, other) for name in statistics for (found, other) in groups if found == name]
    limited = [key for key in keys if groups[key]["lower"].notna().any() or groups[key]["upper"].notna().any()]
    judged = set(passed["condition"].unique())
    conditions = [name for name in run["conditions"] if name in judged]
    plain = _packed_size(places.size, 2 * len(keys), len(conditions) + 1)
    with_limits = plain + _packed_size(places.size, 2 * len(limited), 0) <= most
    if plain > most:
        return {"json": "", "statistics": names, "has_limits": False}
    pairs = rows[["n", "status"]].drop_duplicates().reset_index(drop=True)
    numbers = {pair: at for at, pair in enumerate(pairs.itertuples(index=False, name=None))}
    columns = []
    for statistic, condition in keys:
        part = groups[statistic, condition]
        at = places.of(part)
        remark = [numbers[pair] for pair in part[["n", "status"]].itertuples(index=False, name=None)]
        column = {
            "statistic": statistics.index(statistic),
            "condition": "" if condition == ALL_CONDITIONS else condition,
            "estimate": _words(places.spread(at, encode(part["estimate"].to_numpy(dtype=np.float64)))),
            "remark": _words(places.spread(at, np.asarray(remark, dtype=np.uint16))),
        }
        if with_limits and (statistic, condition) in limited:
            for side in ("lower", "upper"):
                column[side] = _words(places.spread(at, encode(part[side].to_numpy(dtype=np.float64))))
        columns.append(column)
    held = pd.DataFrame(
        [(strategy, *key) for strategy, keys_ in robust.items() for key in sorted(keys_)], columns=list(axes)
    )
    content = {
        "axes": list(axes.values()),
        "conditions": [*conditions, EVERY],
        "statistics": [
            {
                "name": wording.label(name),
                "percent": about(name).unit == "fraction",
                "less": directions.get(name) == "<",
            }
            for name in statistics
        ],
        "remarks": [
            {"n": int(n), "status": "" if status == Status.OK else str(status), "meaning": MEANINGS.get(status, "")}
            for n, status in pairs.itertuples(index=False, name=None)
        ],
        "columns": columns,
        "passes": [
            *(_flags(places, passed[(passed["condition"] == name) & passed["passes"]]) for name in conditions),
            _flags(places, held),
        ],
    }
    return {"json": _safe(content), "statistics": names, "has_limits": with_limits}


def encode(values: FloatArray) -> NDArray[np.uint16]:
    """Write numbers with three significant digits as 16 bits: 1000 (2 (power + 20) + sign) + digits.

    Examples
    --------
    >>> encode(np.array([0.9, -0.1234, 0.0, np.nan])).tolist()
    [34900, 35123, 0, 65535]
    """
    finite = np.isfinite(values)
    magnitude = np.where(finite, np.abs(values), 0.0)
    power = np.full(values.shape, float(LOWEST_POWER))
    some = magnitude > 0
    power[some] = np.clip(np.floor(np.log10(magnitude[some])) - 2, LOWEST_POWER, LOWEST_POWER + 31)
    digits = np.rint(magnitude / 10.0**power)
    carried = (digits > 999) & (power < LOWEST_POWER + 31)
    digits[carried], power[carried] = 100, power[carried] + 1
    sign = (values < 0) & (digits > 0)
    code = 1000 * (2 * (power - LOWEST_POWER) + sign) + np.minimum(digits, 999)
    return np.where(finite, code, ABSENT).astype(np.uint16)


class _Places:
    """Where a row stands in a packed column."""

    def __init__(self, axes: Mapping[str, tuple[str, ...]]) -> None:
        self.axes = {name: pd.Index(values) for name, values in axes.items()}
        self.shape = tuple(len(values) for values in axes.values())
        self.size = int(np.prod(self.shape))

    def of(self, rows: pd.DataFrame) -> NDArray[np.int64]:
        at = np.zeros(len(rows), dtype=np.int64)
        known = np.ones(len(rows), dtype=bool)
        for (name, values), length in zip(self.axes.items(), self.shape, strict=True):
            found = values.get_indexer(rows[name])
            known &= found >= 0
            at = at * length + found
        return np.where(known, at, -1)

    def spread(self, at: NDArray[np.int64], values: NDArray[np.uint16]) -> NDArray[np.uint16]:
        column = np.full(self.size, ABSENT, dtype=np.uint16)
        column[at[at >= 0]] = values[at >= 0]
        return column


def _words(column: NDArray[np.uint16]) -> str:
    return base64.b64encode(column.astype("<u2").tobytes()).decode("ascii")


def _flags(places: _Places, rows: pd.DataFrame) -> str:
    column = np.zeros(places.size, dtype=np.uint8)
    at = places.of(rows)
    column[at[at >= 0]] = 1
    return base64.b64encode(np.packbits(column, bitorder="little").tobytes()).decode("ascii")


def _packed_size(size: int, words: int, flags: int) -> int:
    return (8 * size * words + size * flags // 6) // 3


def _safe(content: Mapping[str, Any]) -> str:
    """Write JSON that cannot end or comment out the element that it stands in."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
