"""A strategy: the ordered steps that an image goes through, and how features are taken from the result."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.extraction import ExtractionSettings
from experiments.folder.file_names import DEVICE
from experiments.study.harmonizer import Harmonizer
from experiments.study.study_file import StrategyEntry
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError
from harmonize.image.regions import REGIONS
from harmonize.inputs.configuration import build, suggest
from harmonize.steps import AnyStep, CohortStep, Fits, ProcessedElsewhere, describe, parse_steps, regions_of

NAME = r'(?![.\-=+@ ])[^/\\:*?"<>|\u0000]*[^/\\:*?"<>|\u0000 .]'
"""What can name files on every system; those of the study's JSON schema, too."""
LONGEST = 100
"""Bytes of a name: file systems count bytes, and what is written beside the name needs room as well."""


def learning_steps(steps: Sequence[AnyStep]) -> dict[str, int]:
    """Give where the steps stand that learn from a cohort, by their names, numbered where one stands twice.

    Examples
    --------
    >>> learning_steps(parse_steps(["n4", "nyul", "nyul"], ""))
    {'nyul': 1, 'nyul_2': 2}
    """
    found: dict[str, int] = {}
    for place, step in enumerate(steps):
        if isinstance(step, CohortStep | Fits):
            count = 1 + sum(steps[one].name == step.name for one in found.values())
            found[step.name if count == 1 else f"{step.name}_{count}"] = place
    return found


def by_steps(strategies: "Iterable[Strategy]") -> "dict[tuple[AnyStep, ...], list[Strategy]]":
    """Put strategies together that do the same with images, by their steps.

    Examples
    --------
    >>> two = [Strategy(name, (), ExtractionSettings()) for name in ("raw", "plain")]
    >>> [one.name for one in by_steps(two)[()]]
    ['raw', 'plain']
    """
    found: dict[tuple[AnyStep, ...], list[Strategy]] = {}
    for strategy in strategies:
        found.setdefault(strategy.steps, []).append(strategy)
    return found


@dataclass(frozen=True)
class Strategy:
    """Ordered steps and extraction settings under a name.

    Parameters
    ----------
    name : str
        As the study file calls it; names the whitelist file as well.
    steps : tuple of Step, CohortStep or Fits
        What the image goes through, in this order; empty for the image as it is.
    extraction : ExtractionSettings
        How features are taken from the result.
    description : str
        For the report.
    harmonizer : Harmonizer or None
        What takes batch effects out of the features; none as a rule.
    """

    name: str
    steps: tuple[AnyStep, ...]
    extraction: ExtractionSettings
    description: str = ""
    harmonizer: Harmonizer | None = None

    @classmethod
    def parse(
        cls, name: object, values: object, extraction: ExtractionSettings, where: str, folder: Path
    ) -> "Strategy":
        """Make a strategy from its entry in a study file; its `extraction` is merged over the study's.

        Raises
        ------
        ConfigurationError
            For a name that cannot name a file, unknown keys or steps, and values that do not fit.
        """
        if not isinstance(name, str):
            raise ConfigurationError(f"{where}: expected a text as a strategy's name, found {name!r}; put it in quotes")
        length = len(name.encode("utf-8", "replace"))
        if length > LONGEST:
            raise ConfigurationError(
                f"{where}: the name '{name:.40}...' has {length} bytes, expected at most {LONGEST}, as it also names "
                "files; shorten it"
            )
        if DEVICE.fullmatch(name):
            raise ConfigurationError(f"{where}: '{name}' is a device of Windows and cannot name a file; choose another")
        if not re.fullmatch(NAME, name) or not name.isprintable():
            raise ConfigurationError(
                f"{where}: a strategy's name also names files: expected letters, none of / \\ : * ? \" < > |, no dot "
                f"or space at either end, no - = + @ at the beginning, found {name!r}"
            )
        where = f"{where}: {name}"
        entry = build(StrategyEntry, values, where)
        steps = parse_steps(entry.steps or [], f"{where}: steps", folder)
        if late := [at for at, step in enumerate(steps) if at and isinstance(step, ProcessedElsewhere)]:
            raise ConfigurationError(
                f"{where}: steps[{late[0]}]: images: takes the place of the scan and of what steps made of it; put it "
                "first, and once"
            )
        if entry.extraction:
            extraction = extraction.merged(entry.extraction, f"{where}: extraction", folder)
        harmonizer = None
        if entry.harmonizer is not None:
            harmonizer = Harmonizer.parse(entry.harmonizer, f"{where}: harmonizer")
        return cls(name, steps, extraction, entry.description or "", harmonizer)

    def to_mapping(self) -> dict[str, Any]:
        """Give everything that determines the result, with all defaults filled in, ready for JSON."""
        mapping: dict[str, Any] = {
            "steps": [describe(step) for step in self.steps],
            "extraction": self.extraction.to_mapping(),
        }
        if self.harmonizer is not None:
            mapping["harmonizer"] = self.harmonizer.to_mapping()
        return mapping

    def digest(self) -> str:
        """Give the SHA-256 of what determines the result; the name and the description do not."""
        return digest_of(self.to_mapping())


def refuse_unknown_regions(strategies: Iterable[Strategy], rois: Sequence[str], where: str) -> None:
    """Raise a `ConfigurationError` for a step that measures in an ROI that the study does not have."""
    known = (*REGIONS, *rois)
    for strategy in strategies:
        for step in strategy.steps:
            for region in regions_of(step):
                if region not in known:
                    raise ConfigurationError(
                        f"{where}: {strategy.name}: {step.name}: unknown region '{region}'; {suggest(region, known)}"
                    )
