"""The keys of study.yaml: what may stand there, what it means, and what holds where it does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any

from evaluation.extraction import ExtractionSettings
from evaluation.tables import PERTURBATION
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.registration import Registration
from selection.thresholds import Thresholds

REQUIRED = "required"
RESERVED = {"strategy", "subject", "sequence", "condition", "roi", "voxels", "bins", "image", "mask", PERTURBATION}
"""Columns that cannot be a factor, or name the mask of an ROI."""

SECTIONS = {"thresholds": Thresholds, "extraction": ExtractionSettings, "registration": Registration}
"""What is read from the sections whose keys are known."""


def _key(meaning: str, without: str) -> dict[str, str]:
    """Describe a key: its meaning, and what holds without it, both in Markdown."""
    return {"meaning": meaning, "without": without}


@dataclass(frozen=True, kw_only=True)
class StudyFile:
    """What stands in a study file; its documentation and its JSON schema are made of this.

    Sections of their own (`Any` here) are read by those whom they concern.
    """

    name: str = field(default="", metadata=_key("for report and tracking", "the folder's name"))
    description: str = field(default="", metadata=_key("for report and tracking", "empty"))
    images: str = field(metadata=_key("the table of images, relative to the study file", REQUIRED))
    reference: Any = field(
        metadata=_key("the condition that the others are compared with, such as `REF+STD`", REQUIRED)
    )
    factors: tuple[str, ...] = field(
        default=("acquisition", "reconstruction"),
        metadata=_key("the columns whose levels, joined by `+`, make the condition", "`[acquisition, reconstruction]`"),
    )
    facets: Any = field(
        default=None,
        metadata=_key("what sources of variance are told apart over, see below", "none are"),
    )
    levels: Any = field(
        default=None,
        metadata=_key("the numbers of ordered levels, for trends over them, see [below](#ordered-levels)", "none have"),
    )
    segmentation: Any = field(
        default=None,
        metadata=_key(
            "by which segmentation conditions are compared, where images.csv has [several](#segmentations)",
            "the only one",
        ),
    )
    rois: Any = field(metadata=_key("where the ROIs are, see below", REQUIRED))
    registration: Any = field(
        default=None,
        metadata=_key("how ROIs of the reference are carried to scans that have none, see below", "none are carried"),
    )
    extraction: Any = field(
        default=None,
        metadata=_key("how features are taken, see below", "93 PyRadiomics features, its default settings"),
    )
    strategies: Any = field(metadata=_key("what is compared, see below", REQUIRED))
    harmonizers: Any = field(
        default=None,
        metadata=_key("which harmonizers are compared, see [below](#harmonizers)", "none are"),
    )
    perturbations: Any = field(
        default=None,
        metadata=_key("what scans are perturbed by, see [perturbations](perturbations.md)", "scans are as they are"),
    )
    thresholds: Any = field(
        default=None,
        metadata=_key(
            "what a feature must reach in every compared condition to be whitelisted", "`{icc: 0.90, ccc: 0.90}`"
        ),
    )
    pictures: Annotated[int, Bounds(least=0)] = field(
        default=3,
        metadata=_key(
            "how many subjects are [pictured](results.md#pictures) in the report, besides the one of the largest "
            "change; 0: no pictures at all",
            "3",
        ),
    )

    @classmethod
    def parse(cls, values: Mapping[str, Any], where: str) -> "StudyFile":
        """Read it; raises `ConfigurationError`, for the key of a section that stands outside with its section."""
        known = {own.name for own in fields(cls)}
        for key in (key for key in values if key not in known):
            for section, content in SECTIONS.items():
                if key in {inner.name for inner in fields(content)}:
                    raise ConfigurationError(f"{where}: '{key}' belongs inside `{section}`; indent it below that key")
        return build(cls, values, where)

    def __post_init__(self) -> None:
        if not self.factors or not all(self.factors):
            raise ValueError("factors: expected a list of columns such as [acquisition, reconstruction]")
        if RESERVED & set(self.factors) or len(set(self.factors)) < len(self.factors):
            raise ValueError(f"factors: each factor needs a column of its own, found {list(self.factors)!r}")
        check_limits(self)


@dataclass(frozen=True, kw_only=True)
class StrategyEntry:
    """What stands below the name of a strategy."""

    description: str | None = None
    steps: Any = None
    extraction: Any = None
    harmonizer: Any = None
