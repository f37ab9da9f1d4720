"""What the report says of subjects who were not all scanned alike: in what they differ, and ICC within scanners."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from experiments.page.quantities import Table, table
from experiments.page.wording import number, percent
from experiments.results.scanners import EVERY, POOLED, scanner_counts
from harmonize.words import some

MIXED = "protocol_differs_between_subjects"
"""What the audit calls it."""
NAMED = 5
"""So many parameters of the protocol, or scanners, are named."""
COLUMNS = (
    *("Strategy", "Sequence", "Scanner", "Subjects", "Median ICC", "Median ICC within"),
    *("Threshold", "Share above", "Share above within", "Combinations"),
)


def mixed(audit: Mapping[str, Any]) -> list[str]:
    """Name what the audit found of scanners and protocols to differ between the subjects of one condition."""
    found = [one["where"] for one in audit["findings"] if one.get("kind") == MIXED]
    if not found:
        return []
    names = list(dict.fromkeys(where.rpartition(", ")[2] for where in found))
    return [
        f"Subjects of one condition were not all scanned alike; between them differ: {some(names, NAMED)}. What "
        "scanners and protocols do to features then counts as a difference between subjects, which can raise ICC and "
        "CCC: see the findings of the audit before the shares are trusted."
    ]


def within_scanners(scanners: pd.DataFrame | None, strategy: str) -> list[str]:
    """Say what of the ICC of a strategy is left within scanners.

    Parameters
    ----------
    scanners : DataFrame, optional
        The table scanners.csv; None where all subjects were on one scanner, or nothing tells.
    strategy : str
        Of which to tell.
    """
    rows = [] if scanners is None else scanners[scanners["strategy"] == strategy].to_dict("records")
    pooled = [row for row in rows if row["scanner"] == POOLED and row["sequence"] != EVERY]
    if not pooled:
        return []
    told = [_figures(row, rows) for row in pooled if row["n_computed"]]
    few = [str(row["sequence"]) for row in pooled if not row["n_computed"]]
    sentence = f"Subjects were on different scanners ({some(scanner_counts(scanners), NAMED)})."
    if told:
        sentence += (
            f" ICC under “{strategy}” within scanners, their means taken out, against that over all subjects: "
            f"{some(told, NAMED, apart='; ')}. What is lower within comes from differences between the scanners, or "
            "between the people on each."
        )
    if few:
        sentence += f" What ICC is within scanners cannot be told of {some(few, NAMED)}: too few subjects on each."
    return [sentence]


def _figures(row: Mapping[Any, Any], rows: Iterable[Mapping[Any, Any]]) -> str:
    shares = f"{percent(row['icc_share_within'])} against {percent(row['icc_share'])}"
    each = [
        f"{one['scanner']} {one['icc_median_within']:.2f}" if one["n_computed"] else f"{one['scanner']} {_why(one)}"
        for one in rows
        if one["sequence"] == row["sequence"] and one["scanner"] != POOLED
    ]
    return (
        f"{row['sequence']}, median {row['icc_median_within']:.2f} against {row['icc_median']:.2f}, above "
        f"{row['threshold']:g} in {shares} of combinations (median on each: {some(each, NAMED)})"
    )


def _why(row: Mapping[Any, Any]) -> str:
    return str(row["status"]).replace("_", " ")


def scanner_figures(scanners: pd.DataFrame | None) -> Table | None:
    """Show scanners.csv; None where there is none."""
    if scanners is None:
        return None
    rows = []
    for row in scanners.to_dict("records"):
        computed = row["n_computed"] > 0
        median = [f"{row[name]:.2f}" if computed else "–" for name in ("icc_median", "icc_median_within")]
        share = [percent(row[name]) if computed else "–" for name in ("icc_share", "icc_share_within")]
        of = number(row["n_computed"]) if computed else f"not computed ({_why(row)})"
        sequence, scanner = row["sequence"] or "all", row["scanner"] or f"all ({row['scanners']})"
        place = (row["strategy"], sequence, scanner, number(row["n_subjects"]))
        rows.append((*place, *median, f"{row['threshold']:g}", *share, of))
    return table(COLUMNS, rows, 3)
