"""Whether the parts of a whitelist fit together: what people change by hand, with a new digest, is read as theirs."""

from collections.abc import Iterator, Mapping
from typing import Any

from evaluation.extraction import ExtractionSettings
from experiments.results.learned import COUNTS
from harmonize.errors import ConfigurationError
from harmonize.steps import Fits
from harmonize.steps.chain import parameters_of
from harmonize.words import some
from selection.whitelist import Whitelist

AGAIN = "take the whitelist as it was, or choose again with `radharmony select` from the folder of a run"


def refuse_other_features(
    whitelist: Whitelist, seen: Mapping[str, Any], extraction: ExtractionSettings, where: str
) -> None:
    """Refuse features that the extraction of the whitelist does not compute.

    Parameters
    ----------
    whitelist : Whitelist
        With its lists.
    seen : mapping
        By sequence and ROI the features that have a range.
    extraction : ExtractionSettings
        How features are made.
    where : str
        The whitelist, for messages.

    Raises
    ------
    ConfigurationError
        Naming the first of them and where it stands.
    """
    if extraction.extractor is not None:  # what it computes, only it knows
        return
    computed = set(extraction.feature_names())
    for place, name in _named(whitelist):
        if name not in computed:
            raise ConfigurationError(
                f"{where}: {place}: '{name}' is none of the {len(computed)} features that its extraction computes; "
                f"{AGAIN}"
            )
    for sequence, rois in seen.items():
        for roi, ranges in rois.items():
            strange = [name for name in ranges if name not in computed and name not in COUNTS]
            if strange:
                raise ConfigurationError(
                    f"{where}: learned: seen: features: {sequence} / {roi}: '{strange[0]}' is none of the "
                    f"{len(computed)} features that its extraction computes; {AGAIN}"
                )


def _named(whitelist: Whitelist) -> Iterator[tuple[str, str]]:
    for part, lists in (("features", whitelist.features), ("failing", whitelist.failing)):
        for sequence, rois in lists.items():
            for roi, names in rois.items():
                for name in names:
                    yield f"{part}: {sequence} / {roi}", name


def refuse_other_fits(fits: Fits, asked: Mapping[str, Any], sequences: tuple[str, ...], where: str) -> None:
    """Refuse what a step has learned where it is not of the settings, or not of all sequences of the whitelist.

    Parameters
    ----------
    fits : Fits
        What was learned.
    asked : mapping
        The parameters of the step in the settings.
    sequences : tuple of str
        Those that have a list.
    where : str
        The place, for messages.

    Raises
    ------
    ConfigurationError
        With both values.
    """
    absent = [name for name in sequences if name not in fits.sequences]
    if absent:
        known = f"of {some(fits.sequences)} only" if fits.sequences else "of no sequence"
        raise ConfigurationError(
            f"{where}: holds what was learned {known}, expected '{absent[0]}' too, which has a list; {AGAIN}"
        )
    for sequence, fit in fits.sequences.items():
        for key, value in parameters_of(fit.step).items():
            if key in asked and _plain(asked[key]) != _plain(value):
                raise ConfigurationError(
                    f"{where}: {sequence}: {key} is {_plain(value)}, expected {_plain(asked[key])} as in the settings; "
                    f"{AGAIN}"
                )


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def refuse_range(limits: tuple[float, float], where: str) -> None:
    """Raise a `ValueError` for a range that ends before it begins.

    Examples
    --------
    >>> refuse_range((1.0, 1.0), "voxels")
    >>> refuse_range((100.0, 50.0), "voxels")
    Traceback (most recent call last):
    ValueError: voxels: the range is 100 to 50, expected the least value first
    """
    least, most = limits
    if not least <= most:
        raise ValueError(f"{where}: the range is {least:g} to {most:g}, expected the least value first")
