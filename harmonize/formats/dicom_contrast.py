"""Which slices of a DICOM series make one volume: what may not vary within it is compared over all its slices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.formats.dicom_frame import Frame
from harmonize.formats.dicom_traits import CONTRASTS, COUNTERS, OFTEN_LEFT_OUT, contrast_of
from harmonize.inputs.missing_codes import number_of

SAME_PLACE = 1e-3
"""Slices closer than this (mm) along their normal are at the same place."""
BESIDE = 0.25
"""Slices closer than this share of the usual distance count as at the same place where volumes are compared, which may
have moved between them."""
NEGLIGIBLE = 0.01
"""Relative difference below which numbers are the same, such as an echo time that was rounded."""
ONE_TIME = 2.0
"""Times that differ by less (s) are one time: images of one volume are written one after the other."""
DAY = 86_400.0
TIMES = ("AcquisitionTime", "ContentTime")
MOST_SHOWN = 4


@dataclass(frozen=True)
class Part:
    """Slices that agree in everything that may not vary within a volume.

    Parameters
    ----------
    frames : tuple of Frame
        At least one.
    told_by : tuple of str
        The traits that tell it from other volumes of its series.
    mixed : str
        Which trait varies from slice to slice, with its values, where these are no whole volume but the slices of
        one contrast or time among those of others.
    doubt : str
        What leaves it open whether these are one volume.
    """

    frames: tuple[Frame, ...]
    told_by: tuple[str, ...] = ()
    mixed: str = ""
    doubt: str = ""


def divide(frames: Sequence[Frame]) -> list[Part]:
    """Divide the slices of one series, size and orientation by what they show.

    First by every trait that may not vary within a volume, wherever the slices lie. Then, where several still lie at
    one place, by the first counter that differs, as far as that helps: one with more values than there are slices at
    one place differs from slice to slice, not between volumes.

    Parameters
    ----------
    frames : sequence of Frame
        At least one.

    Returns
    -------
    list of Part
        In the order of their first slices.
    """
    for trait, absolute in CONTRASTS.items():
        levels = _levels([contrast_of(trait, frame.traits[trait]) for frame in frames], absolute)
        parts = _by_value(frames, _filled(frames, levels) if trait in OFTEN_LEFT_OUT else levels)
        if len(parts) > 1:
            return _divided(frames, parts, trait)
    most = _most_at_one_place(frames)
    for trait in COUNTERS if most > 1 else ():
        parts = _by_value(frames, [frame.traits[trait] for frame in frames])
        if 1 < len(parts) <= most:
            return _divided(frames, parts, trait)
    turns, certain = _turns(frames) if most == 1 else ("", False)
    return [Part(tuple(frames), mixed=turns if certain else "", doubt="" if certain else turns)]


def varying(frames: Sequence[Frame], trait: str) -> str:
    """Say that a trait differs between slices, with its first values; empty where it does not.

    Numbers differ by half or more: repetition times of triggered acquisitions vary with breath and heart.
    """
    values = list(dict.fromkeys(frame.traits[trait] for frame in frames if frame.traits[trait]))
    if trait == "ContrastBolusAgent" and any(not frame.traits[trait] for frame in frames):
        values.append("none")
    numbers = [number for value in values if (number := number_of(value)) is not None]
    close = len(numbers) == len(values) and bool(values) and max(numbers) < 1.5 * min(numbers)
    return f"{trait} differs between slices ({', '.join(values[:MOST_SHOWN])})" if len(values) > 1 and not close else ""


def place_of(frame: Frame) -> float:
    """Give where a slice lies along its normal, mm."""
    normal = np.cross(frame.orientation[:3], frame.orientation[3:])
    return float(np.dot(frame.position, normal))


def differing(one: Frame, other: Frame) -> list[str]:
    """Name what tells two slices apart."""
    traits = [trait for trait, value in one.traits.items() if value != other.traits[trait]]
    names = {"RescaleSlope and RescaleIntercept": "rescale", "PixelPaddingValue": "padding"}
    return traits + [name for name, field in names.items() if getattr(one, field) != getattr(other, field)]


def _divided(frames: Sequence[Frame], parts: list[list[Frame]], trait: str) -> list[Part]:
    found = []
    for part in parts:
        mixed = "" if is_whole(part, frames) else _varying(trait, [min(other, key=place_of) for other in parts])
        found += [
            replace(deeper, told_by=(trait, *deeper.told_by), mixed=mixed or deeper.mixed) for deeper in divide(part)
        ]
    return found


def _by_value(frames: Sequence[Frame], values: Sequence[str]) -> list[list[Frame]]:
    parts: dict[str, list[Frame]] = {}
    for frame, value in zip(frames, values, strict=True):
        parts.setdefault(value, []).append(frame)
    return list(parts.values())


def _levels(values: Sequence[str], absolute: float | None) -> list[str]:
    """Give one name to numbers that are the same up to rounding; texts stay as they are."""
    if absolute is None:
        return list(values)
    numbers = {value: number for value in dict.fromkeys(values) if (number := number_of(value)) is not None}
    names, before = {}, None
    for value, number in sorted(numbers.items(), key=lambda item: item[1]):
        same = before is not None and number - numbers[before] <= max(absolute, NEGLIGIBLE * abs(number))
        names[value] = names[before] if same and before is not None else value
        before = value
    return [names.get(value, value) for value in values]


def _filled(frames: Sequence[Frame], levels: Sequence[str]) -> Sequence[str]:
    """Give slices that lack a value that of all others, unless they make a volume of their own beside the others."""
    stated = sorted(set(levels) - {""})
    if len(stated) != 1 or "" not in levels:
        return levels
    lacking, having = (
        np.unique([place_of(frame) for frame, level in zip(frames, levels, strict=True) if bool(level) is there])
        for there in (False, True)
    )
    beside = len(lacking) == len(having) and bool((_distances(lacking, having) <= _tolerance(having)).all())
    return levels if beside else stated * len(levels)


def is_whole(part: Sequence[Frame], frames: Sequence[Frame]) -> bool:
    """Say whether a part can be a volume beside the others: some lie at its places, none between its slices.

    One slice among three or more places is none.
    """
    own, all_places = (np.unique([place_of(frame) for frame in chosen]) for chosen in (part, frames))
    if len(own) == 1 and len(all_places) > 2:
        return False
    near = _distances(all_places, own) <= _tolerance(own)
    between = ~near & (all_places > own[0]) & (all_places < own[-1])
    chosen = {id(frame) for frame in part}
    others = np.array([place_of(frame) for frame in frames if id(frame) not in chosen])
    return not between.any() and bool((_distances(others, own) <= _tolerance(own)).any())


def _distances(places: FloatArray, own: FloatArray) -> FloatArray:
    """Give the distance of every place to the nearest of a sorted stack."""
    after = np.clip(np.searchsorted(own, places), 1, max(len(own) - 1, 1))
    nearest: FloatArray = np.minimum(
        np.abs(places - own[after - 1]), np.abs(places - own[np.minimum(after, len(own) - 1)])
    )
    return nearest


def _tolerance(own: FloatArray) -> float:
    return max(SAME_PLACE, BESIDE * float(np.median(np.diff(own)))) if len(own) > 1 else SAME_PLACE


def _most_at_one_place(frames: Sequence[Frame]) -> int:
    places = np.sort([place_of(frame) for frame in frames])
    starts = np.flatnonzero(np.diff(places, prepend=-np.inf) >= SAME_PLACE)
    return int(np.diff([*starts, len(places)]).max())


def _turns(frames: Sequence[Frame]) -> tuple[str, bool]:
    """Say which time takes turns along the stack (slices of one time lie on both sides of slices of another).

    That means time points, for certain, where the header counts them and where all slices of a volume are acquired
    together. Slices of two-dimensional acquisitions have times of their own; they may come from passes that take turns
    (concatenations, packages), and several may be excited at once. There it leaves doubt where many slices share each
    time to the digit, unless one time of acquisition holds for all. Nor is it certain where slices that were acquired
    at one time were written in turns.

    Returns
    -------
    turns : str
        Empty where no time does.
    certain : bool
        Whether these are time points.
    """
    dynamic, counted, together = frames[0].dynamic, frames[0].counted, False
    ordered = sorted(frames, key=place_of)
    for trait in TIMES:
        seconds = [_seconds(frame.traits[trait]) for frame in ordered]
        if None in seconds:
            continue
        times = np.array(seconds, dtype=np.float64)
        if np.ptp(times) > DAY / 2:  # across midnight
            times[times < DAY / 2] += DAY
        order = np.argsort(times, kind="stable")
        group = np.zeros(len(times), dtype=np.intp)
        group[order] = np.cumsum(np.diff(times[order], prepend=times[order[0]]) > ONE_TIME)
        count = int(group.max()) + 1
        together |= count == 1 and trait == "AcquisitionTime"
        if together and not dynamic:
            return "", False
        shared = len(np.unique(times)) == count
        if 1 + np.count_nonzero(np.diff(group)) > count and (dynamic or shared):
            examples = [ordered[int(np.flatnonzero(group == k)[0])] for k in range(count)]
            return _varying(trait, examples), counted or (dynamic and not together)
    return "", False


def _seconds(value: str) -> float | None:
    """Give a time of day (HHMMSS.F, or the end of a date and time) in seconds."""
    digits = value.replace(":", "").partition("+")[0].partition("-")[0]
    whole = digits.partition(".")[0]
    digits = digits[8:] if len(whole) > 8 else digits
    try:
        return float(digits[:2]) * 3600 + float(digits[2:4] or 0) * 60 + float(digits[4:] or 0)
    except ValueError:
        return None


def _varying(trait: str, examples: Sequence[Frame]) -> str:
    values = [example.traits[trait] or "absent" for example in sorted(examples, key=place_of)]
    more = ", ..." if len(values) > MOST_SHOWN else ""
    return f"{trait} varies from slice to slice ({', '.join(values[:MOST_SHOWN])}{more})"
