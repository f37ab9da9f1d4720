"""scanners.csv: how much of the ICC is left within scanners, where subjects of a study were not all on the same one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluation.reliability.contrasts import Group, groups
from evaluation.reliability.icc import icc
from evaluation.reliability.sample import Sample
from evaluation.reliability.status import Status
from evaluation.reliability.within_groups import icc_within_groups
from harmonize.protocol.parameters import folded

HEADERS = ("manufacturer", "model", "field_strength_t")
"""Columns of protocol.csv that tell scanners apart."""
COLUMNS = ("scanner", "station", "vendor", "manufacturer", "model", "field_strength")
"""Columns of images.csv that do, in any case; they come before the headers."""
PLACE = ["subject", "sequence", "condition"]
Scanners = Mapping[str, Mapping[str, str]]
"""Of one sequence: by condition, the name of the scanner of each subject."""


def scanner_table(
    features: pd.DataFrame, reference: str, protocol: pd.DataFrame | None, threshold: float
) -> pd.DataFrame | None:
    """Compare the ICC of all subjects with that within scanners, wherever subjects were on different ones.

    Parameters
    ----------
    features : DataFrame
        The feature table, with the other columns of images.csv.
    reference : str
        The condition that the others are compared with.
    protocol : DataFrame, optional
        The table protocol.csv as texts.
    threshold : float
        Of the ICC, by which shares are counted.

    Returns
    -------
    DataFrame or None
        None where no sequence is mixed or nothing tells scanners. Else for each strategy and such a sequence:
        `scanners`, each with its number of subjects; `n_subjects` whose scanner is known, whom both figures rest on;
        `n_total` combinations of ROI, feature and condition, and `n_computed` of them, with both ICC; `icc_median` and
        `icc_share` (beyond `threshold`) of these over all subjects, and `icc_median_within` and `icc_share_within`
        within scanners (`icc_within_groups`); `status` is ``too_few`` where subjects do not suffice for any of them.
    """
    mixed = {sequence: found for sequence, found in scanners_of(features, protocol).items() if _differ(found)}
    if not mixed:
        return None
    chosen = features[features["sequence"].isin(list(mixed))]
    subjects = [str(name) for name in pd.unique(chosen["subject"])]
    found: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for group in groups(chosen):
        estimates = _of_group(group, reference, mixed[group.sequence], subjects)
        found.setdefault((group.strategy, group.sequence), []).extend(estimates)
    rows = [
        {
            "strategy": strategy,
            "sequence": sequence,
            **_described(mixed[sequence]),
            **_summary(pd.concat(parts), threshold),
        }
        for (strategy, sequence), parts in found.items()
        if any(map(len, parts))
    ]
    return pd.DataFrame(rows) if rows else None


def scanners_of(features: pd.DataFrame, protocol: pd.DataFrame | None) -> Mapping[str, Scanners]:
    """Name the scanner of each subject, by sequence and condition; scans that do not tell are left out.

    The columns of images.csv tell if subjects differ in them, else the headers.
    """
    stated = [str(name) for name in features.columns if str(name).lower() in COLUMNS]
    in_table = _named(features.drop_duplicates(PLACE), stated)
    if protocol is None or any(map(_differ, in_table.values())):
        return in_table
    return _named(protocol, [name for name in HEADERS if name in protocol.columns])


def _named(table: pd.DataFrame, columns: list[str]) -> Mapping[str, Scanners]:
    texts = table[columns].astype(object).where(table[columns].notna(), "")
    spelt: dict[str, str] = {}
    found: dict[str, dict[str, dict[str, str]]] = {}
    for place, row in zip(
        table[PLACE].itertuples(index=False, name=None), texts.itertuples(index=False, name=None), strict=True
    ):
        subject, sequence, condition = map(str, place)
        if name := " ".join(filter(None, map(_plain, columns, row))):
            name = spelt.setdefault(folded(name), name)
            found.setdefault(sequence, {}).setdefault(condition, {})[subject] = name
    return found


def _differ(scanners: Scanners) -> bool:
    """Tell whether the subjects of any one condition were on different scanners."""
    return any(len(set(of_subjects.values())) > 1 for of_subjects in scanners.values())


def _plain(column: str, value: object) -> str:
    """Write a value of a cell; a field strength to a tenth, with its unit."""
    text = str(value).strip()
    if not column.lower().startswith("field_strength"):
        return text
    try:
        return f"{float(text):.1f}".removesuffix(".0") + " T"
    except ValueError:
        return text


def _of_group(group: Group, reference: str, scanners: Scanners, subjects: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Give the ICC of all subjects and within scanners of every feature, condition by condition."""
    for condition, pairs in zip(*group.against(reference), strict=True):
        both = [
            tuple(scanners.get(name, {}).get(subject, "") for name in (reference, condition)) for subject in subjects
        ]
        known = [all(names) for names in both]
        sample = Sample.of(pairs[:, known])
        within = icc_within_groups(sample, [names for names in both if all(names)])
        over_all = icc(sample, level=None).estimate
        yield pd.DataFrame({"all": over_all, "within": within.estimate, "status": within.status.astype(object)})


def _described(scanners: Scanners) -> dict[str, Any]:
    """Count the subjects of each scanner, whichever condition they were on it for."""
    pairs = {(name, subject) for found in scanners.values() for subject, name in found.items()}
    counts = Counter(name for name, _ in sorted(pairs)).most_common()
    told = "; ".join(f"{name}: {count}" for name, count in counts)
    return {"scanners": told, "n_subjects": len({subject for _, subject in pairs})}


def _summary(estimates: pd.DataFrame, threshold: float) -> dict[str, Any]:
    computed = estimates.dropna(subset=["all", "within"])
    shares = {name: (computed[name] > threshold).mean() if len(computed) else np.nan for name in ("all", "within")}
    return {
        "n_total": len(estimates),
        "n_computed": len(computed),
        "threshold": threshold,
        "icc_median": computed["all"].median(),
        "icc_median_within": computed["within"].median(),
        "icc_share": shares["all"],
        "icc_share_within": shares["within"],
        "status": Status.OK.value if len(computed) else str(estimates["status"].mode().iloc[0]),
    }
