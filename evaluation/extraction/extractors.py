"""Engines that have features and options of their own: MIRP, and those that installed packages add."""

import math
from collections.abc import Mapping
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar, NamedTuple, Protocol, cast

from evaluation.extraction.mirp import MISSING, Mirp
from evaluation.tables import feature_class
from harmonize.entries import PACKAGE, Registry, fault_of_class
from harmonize.errors import ConfigurationError, ScanError
from harmonize.image.volume import Volume
from harmonize.inputs.configuration import build, refuse_unknown
from harmonize.inputs.documents import as_json

ENGINES = ("radharmony", "pyradiomics")
"""Those of PyRadiomics' features, under PyRadiomics' settings."""


class Extractor(Protocol):
    """What measures all ROIs of a volume: a frozen dataclass whose fields are its options in a study file."""

    name: ClassVar[str]
    title: ClassVar[str]

    def __call__(self, volume: Volume) -> Mapping[str, Mapping[str, float] | ScanError]:
        """Give of every ROI its features as ``<image type>_<class>_<feature>``, or why there are none."""
        ...


def _fault(name: str, entry: Any) -> str:
    return "radharmony has an engine of this name" if name in ENGINES else fault_of_class(name, entry)


EXTRACTORS: Registry[type[Extractor]] = Registry("extractor", {Mirp.name: Mirp}, _fault)
"""Every such engine by its name in a study file. A new one is one file and one entry here, or what a package adds."""


class MadeExtractor(NamedTuple):
    """An extractor, and the options that make it again: all of them, with the package that computes."""

    extractor: Extractor
    options: Mapping[str, Any]


def made(engine: str, options: Mapping[str, Any]) -> MadeExtractor:
    """Make an extractor of its options.

    Raises
    ------
    ConfigurationError
        For an engine that there is not, options that do not fit, or those of another version of its package.
    """
    refuse_unknown([engine], (*ENGINES, *EXTRACTORS.names), "engine", "there is no engine")
    package = _package(engine)
    stamped = options.get(PACKAGE, package)
    if package and stamped != package:
        raise ConfigurationError(
            f"options: package: is '{stamped}', but '{engine}' is of {package} here; install that version, or compute "
            "again with this one"
        )
    if stamped and not package and engine in EXTRACTORS.own:
        # A record made elsewhere, such as a whitelist, can be compared without the package; `check_engine` asks for it.
        left = {key: value for key, value in options.items() if key != PACKAGE}
        return MadeExtractor(Mirp(left), as_json(options))
    own = {key: value for key, value in options.items() if key != PACKAGE or not package}
    kind: Any = EXTRACTORS[engine]
    extractor = kind.read(own, "options") if hasattr(kind, "read") else build(kind, own, "options")
    told = own if hasattr(kind, "read") else {one.name: getattr(extractor, one.name) for one in fields(kind)}
    return MadeExtractor(cast(Extractor, extractor), as_json(told) | ({PACKAGE: package} if package else {}))


def check_engine(engine: str) -> None:
    """Raise `ConfigurationError` where features are to be computed by a package that is not there.

    Examples
    --------
    >>> check_engine("radharmony")
    """
    if engine in EXTRACTORS.own and not _package(engine):
        raise ConfigurationError(MISSING)


def measured(volume: Volume, extractor: Extractor) -> tuple[dict[str, dict[str, float]], dict[str, ScanError]]:
    """Give the features of ROIs by an extractor, and why others have none; what it undefines becomes NaN.

    Raises
    ------
    ScanError
        If it leaves an ROI out, tells of one that there is not, names a feature that could not be told from other
        columns of a table, or measures one ROI by other features than the next.
    """
    with EXTRACTORS.answered_for(extractor.name):
        return _checked(volume, extractor)


def _checked(volume: Volume, extractor: Extractor) -> tuple[dict[str, dict[str, float]], dict[str, ScanError]]:
    found: Any = extractor(volume)
    features: dict[str, dict[str, float]] = {}
    failures: dict[str, ScanError] = {}
    if not isinstance(found, Mapping) or set(found) != set(volume.masks):
        told = f"tells of ROIs {sorted(map(str, found))}" if isinstance(found, Mapping) else f"gave {found!r}"
        raise _refused(extractor, f"{told}, expected {sorted(volume.masks)}")
    for roi, one in found.items():
        if isinstance(one, ScanError):
            failures[roi] = one
            continue
        strange = [name for name in one if not feature_class(name)]
        if strange or not one:
            named = f"calls a feature '{strange[0]}'" if strange else f"gives no feature of ROI '{roi}'"
            raise _refused(
                extractor, f"{named}, expected <image type>_<class>_<feature>, such as original_glcm_contrast"
            )
        first = next(iter(features.values()), one)
        if other := set(first) ^ set(one):
            raise _refused(extractor, f"gives '{min(other)}' of one ROI and not of '{roi}', expected NaN in its place")
        features[roi] = {name: float(value) if math.isfinite(value) else math.nan for name, value in one.items()}
    return features, failures


def _refused(extractor: Extractor, problem: str) -> ScanError:
    return ScanError(f"the engine '{extractor.name}' {problem}", "update the engine, or tell its author")


def _package(engine: str) -> str:
    """Give the package that an engine is of, with its version."""
    if engine in EXTRACTORS.own:
        try:
            return f"{engine} {version(engine)}"
        except PackageNotFoundError:
            return ""
    return EXTRACTORS.package(engine)
