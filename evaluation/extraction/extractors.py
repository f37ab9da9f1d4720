"""Engines that have features and options of their own: MIRP, and those that installed packages add."""

import math
from collections.abc import Mapping
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar, NamedTuple, Protocol, cast

from evaluation.extraction.mirp import Mirp
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
    own = {key: value for key, value in options.items() if key != PACKAGE or not package}
    kind: Any = EXTRACTORS[engine]
    extractor = kind.read(own, "options") if hasattr(kind, "read") else build(kind, own, "options")
    told = own if hasattr(kind, "read") else {one.name: getattr(extractor, one.name) for one in fields(kind)}
    return MadeExtractor(cast(Extractor, extractor), as_json(told) | ({PACKAGE: package} if package else {}))


def measured(volume: Volume, extractor: Extractor) -> tuple[dict[str, dict[str, float]], dict[str, ScanError]]:
    """Give the features of ROIs by an extractor, and why others have none; what it undefines becomes NaN.

    Raises
    ------
    ConfigurationError
        If it leaves an ROI out or names a feature that could not be told from other columns of a table.
    """
    found, features, failures = extractor(volume), {}, {}
    for roi in volume.masks:
        one = found.get(roi)
        if one is None:
            raise ConfigurationError(f"the engine '{extractor.name}' says nothing of ROI '{roi}'; update it")
        if isinstance(one, ScanError):
            failures[roi] = one
            continue
        strange = [name for name in one if not feature_class(name)]
        if strange or not one:
            named = f"calls a feature '{strange[0]}'" if strange else f"gives no feature of ROI '{roi}'"
            raise ConfigurationError(
                f"the engine '{extractor.name}' {named}, expected <image type>_<class>_<feature>, such as "
                "original_glcm_contrast; update it"
            )
        features[roi] = {name: float(value) if math.isfinite(value) else math.nan for name, value in one.items()}
    return features, failures


def _package(engine: str) -> str:
    """Give the package that an engine is of, with its version."""
    if engine in EXTRACTORS.own:
        try:
            return f"{engine} {version(engine)}"
        except PackageNotFoundError:
            return ""
    return EXTRACTORS.package(engine)
