"""scanners.csv: how much of the ICC is left within scanners, where subjects of a study were not all on the same one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluation.reliability.contrasts import Group, groups
from evaluation.reliability.icc import icc
from evaluation.reliability.sample import Sample
from evaluation.reliability.status import Status
from evaluation.reliability.within_groups import icc_within_groups
from harmonize.arrays import FloatArray
from harmonize.protocol.parameters import folded

HEADERS = ("manufacturer", "model", "field_strength_t")
"""Columns of protocol.csv that tell scanners apart."""
COLUMNS = ("scanner", "station", "vendor", "manufacturer", "model", "field_strength")
"""Columns of images.csv that do, in any case; they come before the headers."""
PLACE = ["subject", "sequence", "condition"]
POOLED = ""
"""What `scanner` is in rows over all scanners."""
EVERY = ""
"""What `sequence` is in rows over all sequences."""
Scanners = Mapping[str, Mapping[str, str]]
"""Of one sequence: by condition, the name of the scanner of each subject."""


def scanner_table(
    features: pd.DataFrame, reference: str, protocol: pd.DataFrame | None, threshold: float
) -> pd.DataFrame | None:
    """Compare the ICC of all subjects with that within scanners and on each, wherever subjects were on different ones.

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
        None where no sequence is mixed or nothing tells scanners. Else for each strategy and such a sequence a row with
        `scanner` empty, all of them pooled, then one for each scanner, of the subjects who were on it under both
        compared conditions ("A / B": on A under the reference, on B under the condition). Where several sequences are
        mixed, a strategy begins with a row over all of them, whose `sequence` is empty. Columns:
        `scanners`, each with its number of subjects; `n_subjects` whose scanner is known, or who were on this one, whom
        both figures rest on; `n_total` combinations of ROI, feature and condition, and `n_computed` of them, with both
        ICC; `icc_median` and `icc_share` (beyond `threshold`) of these over all subjects, and `icc_median_within` and
        `icc_share_within` within scanners (`icc_within_groups`) or on the one; `status` is ``too_few`` where subjects
        do not suffice for any of them.
    """
    mixed = {sequence: found for sequence, found in scanners_of(features, protocol).items() if _differ(found)}
    if not mixed:
        return None
    chosen = features[features["sequence"].isin(list(mixed))]
    subjects = [str(name) for name in pd.unique(chosen["subject"])]
    found: dict[str, dict[str, list[pd.DataFrame]]] = {}
    for group in groups(chosen):
        estimates = _of_group(group, reference, mixed[group.sequence], subjects)
        found.setdefault(group.strategy, {}).setdefault(group.sequence, []).extend(estimates)
    rows: list[dict[str, Any]] = []
    for strategy, parts in found.items():
        told = {sequence: pd.concat(some) for sequence, some in parts.items() if some}
        if len(told) > 1:
            everything = pd.concat(told.values()).query("scanner == @POOLED")
            rows.append(_row(strategy, EVERY, _counted(mixed[name] for name in told), everything, threshold))
        for sequence, table in told.items():
            counted = _counted([mixed[sequence]])
            rows += (
                _row(strategy, sequence, counted, of_one, threshold)
                for _, of_one in table.groupby("scanner", sort=False)
            )
    return pd.DataFrame(rows) if rows else None


def within_strategies(scanners: pd.DataFrame | None) -> dict[str, dict[str, float]]:
    """Give the figures over all sequences and scanners by strategy, under their names in strategies.csv.

    Parameters
    ----------
    scanners : DataFrame, optional
        From `scanner_table`.
    """
    if scanners is None:
        return {}
    first = scanners[scanners["scanner"] == POOLED].drop_duplicates("strategy").set_index("strategy")
    names = {f"icc_{what}_within": f"icc_{what}_within_scanners" for what in ("median", "share")}
    return {
        str(name): {new: float(row[old]) for old, new in names.items()} for name, row in first.to_dict("index").items()
    }


def scanner_counts(scanners: pd.DataFrame | None) -> tuple[str, ...]:
    """Name the scanners with their numbers of subjects, of all sequences; none without a table."""
    return () if scanners is None else tuple(scanners["scanners"].iloc[0].split("; "))


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
    """Give the ICC of all subjects, within scanners and on each of every feature, condition by condition."""
    for condition, pairs in zip(*group.against(reference), strict=True):
        both = [
            tuple(scanners.get(name, {}).get(subject, "") for name in (reference, condition)) for subject in subjects
        ]
        known = [all(names) for names in both]
        sample = Sample.of(pairs[:, known])
        over_all = icc(sample, level=None).estimate
        places = [" / ".join(dict.fromkeys(names)) for names in both if all(names)]
        yield _estimates(POOLED, over_all, sample, places)
        for place in dict.fromkeys(places):
            on_it = np.array([name == place for name in places])
            yield _estimates(place, over_all, Sample.of(pairs[:, known][:, on_it]), [place] * int(on_it.sum()))


def _estimates(scanner: str, over_all: FloatArray, sample: Sample, places: list[str]) -> pd.DataFrame:
    within = icc_within_groups(sample, places)
    status = within.status.astype(object)
    return pd.DataFrame(
        {"scanner": scanner, "subjects": len(places), "all": over_all, "within": within.estimate, "status": status}
    )


def _counted(scanners: Iterable[Scanners]) -> dict[str, Any]:
    """Count the subjects of each scanner, whichever condition or sequence they were on it for."""
    conditions = (found for of_sequence in scanners for found in of_sequence.values())
    pairs = {(name, subject) for found in conditions for subject, name in found.items()}
    counts = Counter(name for name, _ in sorted(pairs)).most_common()
    told = "; ".join(f"{name}: {count}" for name, count in counts)
    return {"scanners": told, "n_subjects": len({subject for _, subject in pairs})}


def _row(
    strategy: str, sequence: str, counted: Mapping[str, Any], estimates: pd.DataFrame, threshold: float
) -> dict[str, Any]:
    scanner = str(estimates["scanner"].iloc[0])
    own = {} if scanner == POOLED else {"n_subjects": int(estimates["subjects"].max())}
    computed = estimates.dropna(subset=["all", "within"])
    shares = {name: (computed[name] > threshold).mean() if len(computed) else np.nan for name in ("all", "within")}
    return {
        **{"strategy": strategy, "sequence": sequence, "scanner": scanner, **counted, **own},
        "n_total": len(estimates),
        "n_computed": len(computed),
        "threshold": threshold,
        "icc_median": computed["all"].median(),
        "icc_median_within": computed["within"].median(),
        "icc_share": shares["all"],
        "icc_share_within": shares["within"],
        "status": Status.OK.value if len(computed) else str(estimates["status"].mode().iloc[0]),
    }
