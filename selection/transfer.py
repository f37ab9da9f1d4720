"""Applying a whitelist to the table of another cohort, or refusing to."""

import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import get_args

import pandas as pd

from evaluation.reading.doubts import names_a_feature
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.frames import takes_frames
from harmonize.words import some
from selection.cohort import Cohort
from selection.differences import Difference, Kind, compare_settings
from selection.whitelist import Whitelist

ALLOWED: tuple[str, ...] = get_args(Kind)
"""What can be allowed although it stands in the way."""


class WhitelistRefusedError(ConfigurationError):
    """A whitelist does not hold for a cohort.

    Parameters
    ----------
    reasons : tuple of Difference
        Everything that stands in the way.
    """

    def __init__(self, reasons: tuple[Difference, ...]) -> None:
        lines = "".join(f"\n- {one.text}" for one in reasons)
        self.reasons = reasons
        self.kinds = tuple(dict.fromkeys(one.kind for one in reasons))
        super().__init__(
            f"the whitelist does not hold for this cohort:{lines}\nIf you know better, allow: {', '.join(self.kinds)}"
        )


class TransferWarning(UserWarning):
    """A whitelist was applied, but to something other than it was made for."""


@dataclass(frozen=True)
class Applied:
    """A table reduced to robust features, and what happened to the rest.

    Parameters
    ----------
    table : DataFrame
        The columns of the cohort that are no features, then the robust ones.
    features : tuple of str
        The robust features.
    left_out : dict of str to str
        Every other feature of the cohort, with the reason.
    warnings : tuple of str
        In what the cohort differs from what the whitelist was made for.
    """

    table: pd.DataFrame
    features: tuple[str, ...]
    left_out: dict[str, str]
    warnings: tuple[str, ...]


@takes_frames
def apply_whitelist(
    whitelist: Whitelist,
    table: pd.DataFrame,
    cohort: Cohort | None = None,
    *,
    place: tuple[str, str] | None = None,
    allow: Collection[str] = (),
) -> Applied:
    """Reduce the table of a cohort to the features that a whitelist holds.

    A feature is kept if it passes in every combination of sequence and ROI that the table has. The columns `sequence`
    and `roi` name them; where the table has neither, all lists count together.

    Parameters
    ----------
    whitelist : Whitelist
        From a study of reliability.
    table : DataFrame
        One column per feature, under the names of the whitelist. Columns that are no features are carried along.
    cohort : Cohort or None
        How the features were made; None refuses unless ``unknown`` is allowed.
    place : (str, str) or None
        Use the list of this sequence and ROI for the whole table, whatever names it has.
    allow : collection of str
        Differences to apply the whitelist in spite of: ``steps``, ``extraction``, ``harmonizer``, ``versions``,
        ``unknown`` (settings), ``missing`` (features that the cohort lacks), ``place`` (a sequence or ROI without a
        list). Each is then a warning.

    Returns
    -------
    Applied

    Raises
    ------
    WhitelistRefusedError
        If the settings differ, with all that differs, the cohort lacks a whitelisted feature, or has a sequence or ROI
        that the whitelist has no list for.
    ConfigurationError
        If no feature is left.

    Warns
    -----
    TransferWarning
        For conditions that the whitelist does not know, a list that is used for another sequence or ROI, other
        versions, and features that it never saw.

    Examples
    --------
    >>> whitelist = Whitelist("raw", {"T2": {"liver": ("original_glcm_Id",)}}, {"T2": {"liver": 2}}, {},
    ...                       failing={"T2": {"liver": ("original_glcm_Idm",)}},
    ...                       settings={"steps": [], "extraction": {"setting": {"binWidth": 5}}})
    >>> table = pd.DataFrame({"subject": ["P1"], "sequence": "T2", "roi": "liver",
    ...                       "original_glcm_Id": [0.5], "original_glcm_Idm": [0.4]})
    >>> cohort = Cohort("run.json", {"steps": [], "extraction": {"setting": {"binWidth": 5}}})
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", TransferWarning)  # the versions are not known
    ...     applied = apply_whitelist(whitelist, table, cohort)
    >>> applied.features, applied.left_out
    (('original_glcm_Id',), {'original_glcm_Idm': 'does not pass in T2 / liver'})
    >>> other = Cohort("run.json", {"steps": [], "extraction": {"setting": {"binWidth": 25}}})
    >>> apply_whitelist(whitelist, table, other)
    Traceback (most recent call last):
    selection.transfer.WhitelistRefusedError: the whitelist does not hold for this cohort:
    - extraction: binWidth: the whitelist has 5, the cohort 25
    If you know better, allow: extraction
    """
    refuse_unknown(allow, ALLOWED, "allow")
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise ConfigurationError(f"column '{twice}' stands in the table twice; rename or drop one")
    found = compare_settings(whitelist, cohort)
    lists, notes = _lists(whitelist, table, place)
    found += notes
    kept = sorted(set.intersection(*(names for names, _ in lists.values())))
    absent = [name for name in kept if name not in table.columns]
    if absent:
        found.append(
            Difference("missing", f"missing: the cohort lacks {len(absent)} of {len(kept)} features: "
                       f"{some(absent, 3)}")
        )  # fmt: skip
    serious = tuple(one for one in found if one.serious and one.kind not in allow)
    if serious:
        raise WhitelistRefusedError(serious)
    features = tuple(name for name in kept if name in table.columns)
    if not features:
        where = some(list(dict.fromkeys(words for _, words in lists.values())), 4)
        raise ConfigurationError(
            f"no feature passes in {where} together; apply the whitelist to each by itself (`separate`)"
            if kept == [] and sum(bool(names) for names, _ in lists.values()) > 1
            else f"the whitelist holds no feature for this cohort: its rule lets none pass in {where}; choose by a "
            "milder one with `radharmony select`"
        )
    left_out = _left_out(whitelist, table, features, lists)
    unseen = [name for name, why in left_out.items() if why == _UNSEEN]
    if unseen and whitelist.failing:
        found.append(
            Difference("missing", f"{len(unseen)} features were never measured for the whitelist and are left out: "
                       f"{some(unseen, 4)}", serious=False)
        )  # fmt: skip
    texts = tuple(one.text for one in found)
    for text in texts:
        warnings.warn(text, TransferWarning, stacklevel=2)
    others = [name for name in table.columns if name not in features and name not in left_out]
    return Applied(table[[*others, *features]], features, left_out, texts)


_UNSEEN = "was never measured for the whitelist"

Lists = dict[tuple[str, str], tuple[set[str], str]]
"""By sequence and ROI of the cohort what passes there, and the list of the whitelist that says so, in words."""


def _lists(whitelist: Whitelist, table: pd.DataFrame, place: tuple[str, str] | None) -> tuple[Lists, list[Difference]]:
    """Find the list for each sequence and ROI of the table."""
    notes: list[Difference] = []
    pairs = _places(table)
    lists: Lists = {}
    if place is not None:
        chosen = whitelist.within(*place)
        for pair in pairs:
            if any(name not in ("", asked) for name, asked in zip(pair, place, strict=True)):
                notes.append(_note(f"the list of {' / '.join(place)} is used for {_named(pair)}"))
            lists[pair] = (set(chosen.everywhere), " / ".join(place))
    else:
        sequences, rois = ({pair[axis] for pair in whitelist.places} for axis in (0, 1))
        for pair in pairs:
            known = (pair[0] in ("", *sequences), pair[1] in ("", *rois))
            wanted = [name if name and is_known else None for name, is_known in zip(pair, known, strict=True)]
            fits = [one for one in whitelist.places if all(w in (None, n) for w, n in zip(wanted, one, strict=True))]
            chosen = whitelist.within(*wanted) if fits else whitelist
            words = some([" / ".join(one) for one in chosen.places], 4)
            unknown = not (all(known) and fits)
            if unknown:
                notes.append(
                    Difference("place", f"place: the whitelist has no list for {_named(pair)}, but for "
                               f"{some([' / '.join(one) for one in whitelist.places], 4)}; call it as the study does, "
                               f"or allow it: what passes in {words} is taken for it")
                )  # fmt: skip
            if len(chosen.places) > 1:
                nameless = " or ".join(kind for kind, name in zip(("sequence", "ROI"), pair, strict=True) if not name)
                why = f"the whitelist has no list for {_named(pair)}" if unknown else f"the table names no {nameless}"
                words = f"every list, as it must where {why}: {words}"
            lists[pair] = (set(chosen.everywhere), words)
    if "condition" in table.columns and whitelist.conditions:
        new = [str(name) for name in pd.unique(table["condition"]) if str(name) not in whitelist.conditions]
        if new:
            notes.append(
                _note(f"the conditions {some(new, 4)} were not compared; the whitelist compared "
                      f"{some(list(whitelist.conditions), 4)}")
            )  # fmt: skip
    return lists, notes


def _places(table: pd.DataFrame) -> list[tuple[str, str]]:
    """List the combinations of sequence and ROI of a table, with an empty name where a column is absent."""
    names = pd.DataFrame(
        {name: table[name].astype(str) if name in table.columns else "" for name in ("sequence", "roi")},
        index=table.index,
    )
    return sorted(set(names.itertuples(index=False, name=None)))


def _left_out(whitelist: Whitelist, table: pd.DataFrame, features: tuple[str, ...], lists: Lists) -> dict[str, str]:
    """Give the reason for each feature that is not kept."""
    passing = {name for rois in whitelist.features.values() for names in rois.values() for name in names}
    failing = {name for rois in whitelist.failing.values() for names in rois.values() for name in names}
    reasons = {}
    for name in map(str, table.columns):
        if name in features or not (name in passing or name in failing or names_a_feature(name)):
            continue
        if name in passing or name in failing:
            where = dict.fromkeys(words for names, words in lists.values() if name not in names)
            reasons[name] = f"does not pass in {some(list(where), 4)}"
        else:
            reasons[name] = _UNSEEN if whitelist.failing else "is not on the whitelist"
    return reasons


def _note(text: str) -> Difference:
    return Difference("unknown", text, serious=False)


def _named(pair: tuple[str, str]) -> str:
    return " / ".join(name for name in pair if name) or "a table without sequences and ROIs"
