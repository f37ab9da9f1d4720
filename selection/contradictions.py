"""Whether the lists of a whitelist fit together; one that was changed by hand may have a fitting digest."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harmonize.errors import ConfigurationError

if TYPE_CHECKING:
    from selection.whitelist import Whitelist

AGAIN = "write it again with `radharmony select`, or take that of the run as it was"
"""What to do about one that is damaged."""


def refuse_contradictions(whitelist: "Whitelist", where: str) -> None:
    """Refuse a whitelist unless every list has the counts and the lists that belong to it.

    Parameters
    ----------
    whitelist : Whitelist
        As it was read.
    where : str
        Its place, for messages.

    Raises
    ------
    ConfigurationError
        With the place, what was found there and what was expected.
    """
    parts: list[tuple[str, Mapping[str, Mapping[str, Any]]]] = [("considered", whitelist.considered)]
    if whitelist.failing:
        parts.append(("failing", whitelist.failing))
    for name, part in parts:
        if {(sequence, roi) for sequence, rois in part.items() for roi in rois} != set(whitelist.places):
            raise ConfigurationError(f"{where}: '{name}' is not of the same sequences and ROIs as 'features'")
    for sequence, roi in whitelist.places:
        failing = whitelist.failing[sequence][roi] if whitelist.failing else None
        counted = whitelist.considered[sequence][roi]
        _refuse_list(whitelist.features[sequence][roi], failing, counted, f"{where}: {sequence} / {roi}")
    for condition, lists in whitelist.contrasts.items():
        strange = {(sequence, roi) for sequence, rois in lists.items() for roi in rois} - set(whitelist.places)
        if strange or not whitelist.failing:
            raise ConfigurationError(f"{where}: contrasts: {condition}: does not fit 'features' and 'failing'")


def _refuse_list(passing: tuple[str, ...], failing: tuple[str, ...] | None, counted: int, where: str) -> None:
    names = [*passing, *(failing or ())]
    for name, count in Counter(names).items():
        if count > 1:
            problem = "both passes and fails" if name in passing and name in (failing or ()) else "stands there twice"
            raise ConfigurationError(f"{where}: '{name}' {problem}, expected it once; {AGAIN}")
    if counted < len(passing):
        raise ConfigurationError(f"{where}: {len(passing)} features pass, but only {counted} were considered; {AGAIN}")
    if failing is not None and counted != len(names):
        raise ConfigurationError(
            f"{where}: {counted} features were considered, expected {len(names)}: {len(passing)} pass, "
            f"{len(failing)} fail; {AGAIN}"
        )
