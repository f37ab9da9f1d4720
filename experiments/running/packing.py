"""An opened scan, or masks alone, as plain values and arrays, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from experiments.study.opened import OpenedMasks, OpenedScan
from harmonize.errors import GridError, ScanError, ScanWarning
from harmonize.image.volume import Grid
from harmonize.protocol import Protocol

Arrays = Sequence[NDArray[Any]]


def packed(opened: OpenedScan) -> tuple[dict[str, Any], Arrays]:
    """Give plain values and arrays that `unpacked` makes the same scan of."""
    limits = {str(path): mask for path, mask in opened.boundaries.items() if not isinstance(mask, ScanError)}
    broken = {str(path): error for path, error in opened.boundaries.items() if isinstance(error, ScanError)}
    errors = {"failures": opened.failures, "lost": opened.lost, "broken": broken}
    about = {
        "grid": asdict(opened.grid),
        "outside": opened.outside is not None,
        "rois": list(opened.masks),
        "boundaries": list(limits),
        "unnamed": opened.unnamed,
        "told": _told(opened.told),
        "oriented": opened.oriented,
        "protocol": None if isinstance(opened.protocol, ScanError) else vars(opened.protocol),
        "unread": [opened.protocol.problem, opened.protocol.advice] if isinstance(opened.protocol, ScanError) else None,
        **{name: _plain(found) for name, found in errors.items()},
    }
    outside = [] if opened.outside is None else [opened.outside]
    return about, [opened.array, *outside, *opened.masks.values(), *limits.values()]


def unpacked(image: Path, about: Any, arrays: Arrays) -> OpenedScan:
    """Give the scan that `packed` took apart; raises what values that do not fit raise."""
    array, *masks = arrays
    outside = masks.pop(0) if about["outside"] else None
    rois, limits = masks[: len(about["rois"])], masks[len(about["rois"]) :]
    failures, lost, broken = (_errors(about[name]) for name in ("failures", "lost", "broken"))
    bounds: dict[Path, Any] = {Path(path): error for path, error in broken.items()}
    bounds |= {Path(path): mask for path, mask in zip(about["boundaries"], limits, strict=True)}
    named = dict(zip(about["rois"], rois, strict=True))
    told = tuple(ScanWarning(*one) for one in about["told"])
    protocol = ScanError(*about["unread"]) if about["unread"] else Protocol(**about["protocol"])
    facts = (tuple(about["unnamed"]), told, about["oriented"], protocol)
    return OpenedScan(image, array, grid_of(about["grid"]), outside, named, failures, lost, bounds, *facts)


def packed_masks(opened: OpenedMasks) -> tuple[dict[str, Any], Arrays]:
    """Give plain values and arrays that `unpacked_masks` makes the same masks of."""
    about = {
        "rois": list(opened.masks),
        "failures": _plain(opened.failures),
        "unnamed": opened.unnamed,
        "told": _told(opened.told),
    }
    return about, list(opened.masks.values())


def unpacked_masks(about: Any, arrays: Arrays) -> OpenedMasks:
    """Give the masks that `packed_masks` took apart; raises what values that do not fit raise."""
    masks = dict(zip(about["rois"], arrays, strict=True))
    told = tuple(ScanWarning(*one) for one in about["told"])
    return OpenedMasks(masks, _errors(about["failures"]), tuple(about["unnamed"]), told)


def _told(told: Sequence[ScanWarning]) -> list[list[str]]:
    return [[one.kind, one.problem, one.advice] for one in told]


def _plain(errors: Mapping[str, ScanError]) -> dict[str, list[Any]]:
    return {of: [one.problem, one.advice, isinstance(one, GridError)] for of, one in errors.items()}


def _errors(plain: Mapping[str, Any]) -> dict[str, ScanError]:
    return {of: (GridError if grid else ScanError)(problem, advice) for of, (problem, advice, grid) in plain.items()}


def grid_of(values: Mapping[str, Any]) -> Grid:
    """Give a grid by its plain values."""
    return Grid(**{name: tuple(numbers) for name, numbers in values.items()})
