"""What scans take over from the reference of their subject and sequence: ROIs that are carried, and its image."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from experiments.study.manifest import Scan
from experiments.study.roi_sources import CarriedSource
from experiments.study.strategy import Strategy
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build, refuse_unknown
from harmonize.registration import Registration
from harmonize.steps import needs_reference

ORIGIN = "reference"


def parse_registration(values: object, where: str) -> Registration | None:
    """Read `registration` of a study file; nothing where there is none.

    Raises
    ------
    ConfigurationError
        For unknown keys or values that do not fit.

    Examples
    --------
    >>> parse_registration({"from": "reference", "dimension": 2}, "study.yaml: registration").dimension
    2
    """
    if values is None:
        return None
    if not isinstance(values, Mapping):
        raise ConfigurationError(f"{where}: expected a mapping such as {{from: reference}}, found {values!r}")
    refuse_unknown(values, ("from", *Registration.__dataclass_fields__), where)
    if values.get("from", ORIGIN) != ORIGIN:
        raise ConfigurationError(f"{where}: from: ROIs are carried from the reference alone, found {values['from']!r}")
    return build(Registration, {key: value for key, value in values.items() if key != "from"}, where)


def any_needs_reference(strategies: Iterable[Strategy]) -> bool:
    """Say whether a step takes over the grid of the reference scan."""
    return any(needs_reference(step) for strategy in strategies for step in strategy.steps)


def with_carried_rois(scans: Sequence[Scan], reference: str) -> tuple[Scan, ...]:
    """Give every scan the ROIs of the reference scan of its subject, sequence and segmentation that it lacks."""
    origins = {_drawn(scan): scan for scan in reversed(scans) if scan.condition == reference}
    return tuple(_with_carried(scan, origins.get(_drawn(scan))) for scan in scans)


def with_reference(scans: Sequence[Scan], reference: str) -> tuple[Scan, ...]:
    """Tell every scan which image its subject and sequence have under the reference, where there is one."""
    images = {scan.key[:2]: scan.image for scan in reversed(scans) if scan.condition == reference}
    return tuple(replace(scan, reference=images.get(scan.key[:2])) for scan in scans)


def _drawn(scan: Scan) -> tuple[str, str, str]:
    return scan.subject, scan.sequence, scan.segmentation


def _with_carried(scan: Scan, origin: Scan | None) -> Scan:
    if origin is None or origin.condition == scan.condition:
        return scan
    carried = {
        roi: CarriedSource(source, origin.image)
        for roi, source in origin.masks.items()
        if roi not in scan.masks and not isinstance(source, CarriedSource)
    }
    return replace(scan, masks={**scan.masks, **carried}) if carried else scan
