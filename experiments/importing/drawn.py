"""Several masks of one ROI and image: who drew each, where their names say so."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from harmonize.formats.bids_name import Name
from harmonize.words import some

T = TypeVar("T")
DERIVATIVES = "derivatives"


def who_drew(
    groups: Iterable[Sequence[T]], told_by: Mapping[str, Callable[[T], str]]
) -> tuple[str, Callable[[T], str]] | None:
    """Find what tells apart whoever drew the masks of every group: the first that says it of all.

    Parameters
    ----------
    groups : iterable of sequence
        What could be the same mask of the same image.
    told_by : mapping of str to callable
        What may tell them apart, by what people call it; it gives nothing where it says nothing.

    Returns
    -------
    tuple of str and callable, or None
        None where there is no group, or nothing tells all of them apart.

    Examples
    --------
    >>> who_drew([["anna 1", "ben 1"]], {"number": lambda name: name[-1], "name": lambda name: name[:-2]})[0]
    'name'
    """
    listed = list(groups)
    for what, tell in told_by.items():
        named = [[tell(one) for one in group] for group in listed]
        if named and all(all(names) and len(set(names)) == len(names) for names in named):
            return what, tell
    return None


def by_who_drew(
    found: Mapping[str, Sequence[T]], tell: Callable[[T], str], path: Callable[[T], Path]
) -> dict[str, dict[str, Path]]:
    """Give by segmentation the masks by column; what does not say who drew it is left out."""
    drawn: dict[str, dict[str, Path]] = {}
    for column, masks in found.items():
        for mask in masks:
            if name := tell(mask):
                drawn.setdefault(name.replace("+", "-"), {})[column] = path(mask)
    return drawn


def told_segmentations(names: Iterable[str], by: str) -> str:
    """Say what several masks of one ROI and image are taken for."""
    return (
        f"several masks of one ROI and image are taken for segmentations, told apart by {by}: "
        f"{some(list(dict.fromkeys(names)))}; name the one by which conditions are compared as `segmentation` in "
        "study.yaml, and remove rows that are none"
    )


def pipeline_of(mask: Name) -> str:
    """Give the folder below `derivatives` that a mask lies in.

    Examples
    --------
    >>> pipeline_of(Name.parse(Path("derivatives/anna/sub-1/anat/sub-1_label-liver_mask.nii.gz")))
    'anna'
    """
    parts = mask.path.parts[:-1]
    if DERIVATIVES not in parts:
        return ""
    below = parts[len(parts) - parts[::-1].index(DERIVATIVES) :]
    return below[0] if below and not below[0].startswith("sub-") else ""


BIDS_TOLD_BY: Mapping[str, Callable[[Name], str]] = {
    "seg": lambda mask: mask.entities.get("seg", ""),
    "desc": lambda mask: mask.entities.get("desc", ""),
    "the folder below derivatives": pipeline_of,
}
"""What of the name of a BIDS mask may say who drew it."""
