"""What steps that learn from a cohort have in common: whom they learn from, and what they have learned.

Such a step has two forms. The one that a study file holds (`CohortStep`) observes scans and fits, and cannot be
called on a scan. Fitting gives an ordinary `Step`; `Fits` keeps one for every sequence, in a file if wanted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from harmonize.digest import digest_of, sealed, unsealed
from harmonize.errors import ConfigurationError, ScanError
from harmonize.image.volume import Volume
from harmonize.inputs.configuration import build
from harmonize.inputs.documents import parse_json, read_text
from harmonize.inputs.levels import level_text
from harmonize.inputs.paths import as_path
from harmonize.steps.chain import Step, parameters_of

SCHEMA = "radharmony.fits/1"

FitOn = Mapping[str, str | int | float | tuple[str | int | float, ...]]
"""Columns of the table of images and the values that a scan of the cohort has there; empty: all scans."""


@runtime_checkable
class CohortStep(Protocol):
    """A step before it is fitted: a frozen dataclass whose fields are its parameters in a study file."""

    name: ClassVar[str]
    fitted: ClassVar[type[Step]]

    @property
    def fit_on(self) -> FitOn:
        """Which scans it learns from."""
        ...

    def observe(self, volume: Volume) -> tuple[float, ...]:
        """Give all that fitting needs of a scan; raises `ScanError` where the scan cannot be used."""
        ...

    def fit(self, observations: Sequence[Sequence[float]]) -> Step:
        """Learn from the observations of one sequence, at least one."""
        ...

    def given(self, folder: Path) -> "Fits | None":
        """Read the fits where the parameters name files that hold them, relative to a folder."""
        ...


def as_fit_on(fit_on: FitOn) -> dict[str, tuple[str, ...]]:
    """Give a cohort in its one spelling, with all values in tuples.

    Raises
    ------
    ValueError
        For a column without a value.

    Examples
    --------
    >>> as_fit_on({"acquisition": "REF", "subject": ("S01", "S02")})
    {'acquisition': ('REF',), 'subject': ('S01', 'S02')}
    """
    spelled = {
        column: tuple(map(level_text, values if isinstance(values, list | tuple) else (values,)))
        for column, values in fit_on.items()
    }
    for column, values in spelled.items():
        if not values:
            raise ValueError(f"fit_on: {column} has no value, expected at least one")
    return spelled


@dataclass(frozen=True)
class Fit:
    """What was learned from the scans of one sequence.

    Parameters
    ----------
    step : Step
        The fitted step.
    subjects : tuple of str
        Whom it was fitted on.
    scans : int
        On how many scans.
    """

    step: Step
    subjects: tuple[str, ...] = ()
    scans: int = 0


@dataclass(frozen=True)
class Fits:
    """A fitted step for every sequence of a cohort.

    Parameters
    ----------
    name : str
        Of the step.
    sequences : mapping of str to Fit
        What was learned, by sequence.
    left_out : mapping of str to tuple of str
        Scans of the cohort that could not be used, by sequence.

    Examples
    --------
    >>> from harmonize import FittedNyul
    >>> from radharmony import Nyul
    >>> fitted = Nyul(percentiles=(1, 50, 99)).fit([(10.0, 20.0, 50.0)])
    >>> fits = Fits("nyul", {"T2": Fit(fitted, ("S01",), 1)})
    >>> fits.for_sequence("T2") == fitted
    True
    >>> Fits.from_json(fits.to_json(), "nyul", FittedNyul) == fits
    True
    >>> fits.for_sequence("T1")
    Traceback (most recent call last):
    harmonize.errors.ScanError: nyul was fitted on the sequences T2, not on 'T1'; fit it on scans of this sequence
    """

    name: str
    sequences: Mapping[str, Fit] = field(hash=False)
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def for_sequence(self, sequence: str) -> Step:
        """Give the fitted step of a sequence; raises `ScanError` if there is none."""
        if sequence in self.sequences:
            return self.sequences[sequence].step
        if failed := self.left_out.get(sequence):
            raise ScanError(
                f"{self.name} could not be fitted on sequence '{sequence}': none of its {len(failed)} scans can be "
                f"used, such as {failed[0]}",
                "mend these scans; failures.csv says what is wrong with each",
            )
        known = f"the sequences {', '.join(self.sequences)}" if self.sequences else "no sequence"
        raise ScanError(f"{self.name} was fitted on {known}, not on '{sequence}'", "fit it on scans of this sequence")

    def digest(self) -> str:
        """Give the SHA-256 of what determines the result: the fitted parameters, not whom they come from."""
        fitted = {sequence: parameters_of(fit.step) for sequence, fit in self.sequences.items()}
        return digest_of({"step": self.name, "sequences": fitted})

    def nameless(self) -> Self:
        """Give the same without the names of the people whom it was learned from, to be handed on."""
        sequences = {sequence: replace(fit, subjects=()) for sequence, fit in self.sequences.items()}
        return replace(self, sequences=sequences, left_out={})

    def to_document(self) -> dict[str, Any]:
        """Give the fits as plain values, with a digest over them."""
        content = {
            "schema": SCHEMA,
            "step": self.name,
            "sequences": {
                sequence: {"subjects": list(fit.subjects), "scans": fit.scans, "parameters": parameters_of(fit.step)}
                for sequence, fit in self.sequences.items()
            },
            "left_out": {sequence: list(scans) for sequence, scans in self.left_out.items()},
        }
        return sealed(content)

    def to_json(self) -> str:
        """Give the fits as JSON, with a digest over the content."""
        return json.dumps(self.to_document(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, name: str, step: type[Step], where: str = "fits") -> Self:
        """Read fits, checking all of them.

        Parameters
        ----------
        text : str
            What `to_json` gave.
        name : str
            The step that is expected.
        step : type
            The class of the fitted step.
        where : str
            The file, for messages.

        Raises
        ------
        ConfigurationError
            If the text does not hold fits of this step, was changed after it was written, or holds impossible values.
        """
        return cls.from_document(parse_json(text, where), name, step, where)

    @classmethod
    def from_document(cls, content: object, name: str, step: type[Step], where: str = "fits") -> Self:
        """Take what `to_document` gave, checking all of it; parameters and errors are those of `from_json`."""
        if not isinstance(content, dict) or content.get("schema") != SCHEMA:
            found = content.get("schema") if isinstance(content, dict) else type(content).__name__
            raise ConfigurationError(f"{where}: expected the schema '{SCHEMA}', found {found!r}")
        content = unsealed(content, where)
        if content.get("step") != name:
            raise ConfigurationError(f"{where}: holds fits of step {content.get('step')!r}, expected '{name}'")
        saved = build(_Saved, {key: content[key] for key in content if key not in ("schema", "step")}, where)
        return cls(
            name,
            {
                sequence: Fit(build(step, fit.parameters, f"{where}: {sequence}"), fit.subjects, fit.scans)
                for sequence, fit in saved.sequences.items()
            },
            saved.left_out,
        )

    @classmethod
    def read(cls, path: str | Path, name: str, step: type[Step]) -> Self:
        """Read a file that holds what `to_json` gave; raises `ConfigurationError` as `from_json` does."""
        path = as_path(path, "fits")
        return cls.from_json(read_text(path), name, step, str(path))


@dataclass(frozen=True)
class _SavedFit:
    parameters: Mapping[str, Any]
    subjects: tuple[str, ...]
    scans: int


@dataclass(frozen=True)
class _Saved:
    sequences: Mapping[str, _SavedFit]
    left_out: Mapping[str, tuple[str, ...]]
