"""What can be asked about the size of a study."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import (
    columns,
    confidence_level,
    decimal_sign,
    named,
    optional,
    patterns,
    several,
    thresholds,
)
from experiments.analyses.shared.readers import names
from harmonize.errors import ConfigurationError

FORMS = ("1", "C,1")

SIZES = (8, 12, 17, 25, 35, 50, 70, 100)
"""Subjects that are simulated unless said otherwise."""


def _whole(value: object) -> tuple[int, ...]:
    several = value if isinstance(value, list | tuple) else names(value or ())
    found = tuple(sorted({int(one) for one in several}))
    if found and found[0] < 4:
        raise ValueError(f"expected whole numbers of 4 or more, separated by commas, found '{value}'")
    return found


@frozen_settings
class PlanFiles(AnalysisSettings):
    """Where the plan goes."""

    out: Path | None = option(
        "Folder for the table, the curve and the picture [default: print only].", default=None, opened="new folder"
    )


def _value(about: str) -> Any:
    return optional(about, "VALUE")


@frozen_settings
class SampleSizeSettings(AnalysisSettings):
    """What is planned for, and what of it is known: target, subjects, conditions."""

    icc: float | None = _value("The ICC that is expected.")
    ccc: float | None = _value("Instead: the CCC that is expected.")
    wcv: float | None = _value("Instead: the within-subject CV that is expected, a fraction.")
    pilot: tuple[str, ...] = several(
        "Instead: simulate studies from this table of a pilot, a row for each subject, condition and ROI; several are "
        "strategies.",
        "[NAME=]TABLE",
    )
    width: float | None = _value("How wide the confidence limits may be, from the lower to the upper.")
    lower: float | None = _value("Instead: what the lower limit of ICC or CCC is to reach.")
    upper: float | None = _value("Instead: what the upper limit of wCV is to stay below.")
    subjects: int | None = optional("How many subjects there are; with a target, conditions are sought.", "N", least=2)
    conditions: int | None = optional(
        "How many conditions (readers, scanners, repeats) a subject is measured under [default: 2].", "K", least=2
    )
    assurance: float | None = optional(
        "Probability with which the target is reached [default: .8 for a limit; a width is that of limits around the "
        "expected value].",
        "P",
        above=0,
        below=1,
    )
    form: str = option("Form of the ICC: one-way, which plans for A,1 too, or consistency.", default="1", choices=FORMS)
    accuracy: float = option(
        "Accuracy (C_b) of the CCC: 1 if conditions do not shift values.", default=1.0, above=0, most=1
    )
    level: float = confidence_level()

    @property
    def expected(self) -> dict[str, float]:
        """What is planned for: one coefficient and its value."""
        values = {"icc": self.icc, "ccc": self.ccc, "wcv": self.wcv}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def statistic(self) -> str:
        """Which coefficient is planned for."""
        return next(iter(self.expected))

    @property
    def value(self) -> float:
        """Its value."""
        return self.expected[self.statistic]

    def check(self) -> None:
        """Refuse what leaves open what is planned for."""
        super().check()
        given = [*self.expected, *(["pilot"] if self.pilot else [])]
        if not given:
            raise ConfigurationError(
                "`icc`: say which `icc`, `ccc` or `wcv` is expected, such as `icc=0.8`, or name the table of a `pilot`"
            )
        if len(given) > 1:
            raise ConfigurationError(f"`{given[1]}`: is given beside `{given[0]}`; plan for one of them at a time")
        for name, value, unset, needs in (("form", self.form, "1", "icc"), ("accuracy", self.accuracy, 1.0, "ccc")):
            if value != unset and needs not in given:
                raise ConfigurationError(f"`{name}`: is about `{needs}`, which is missing")
        for name, limit in (("lower", self.lower), ("upper", self.upper), ("assurance", self.assurance)):
            if self.pilot and limit is not None:
                raise ConfigurationError(f"`{name}`: is not simulated from a `pilot`; give `width` or `power`")


@frozen_settings
class PilotSettings(AnalysisSettings):
    """How the table of a pilot is read, and what is simulated."""

    subject: str | None = optional("Of the pilot: the subject.", "COLUMN")
    condition: tuple[str, ...] = columns("Of the pilot: what is compared; columns join by '+'.")
    order: str | None = optional("Instead: number a subject's scans 1, 2, ... by this date or number.", "COLUMN")
    reference: str | None = optional(
        "The condition to compare with [default: the first of two]; 'none' compares all with one another.", "VALUE"
    )
    sequence: str | None = optional("Of the pilot: the sequence.", "COLUMN")
    roi: str | None = optional("Of the pilot: the ROI.", "COLUMN")
    strategy: str | None = optional("Of the pilot: the strategy.", "COLUMN")
    within: tuple[str, ...] = columns("Further factors, taken level by level.")
    extract: Mapping[str, str] = named("Make columns from the named groups of a regular expression.", "COLUMN=REGEX")
    features: tuple[str, ...] = patterns("Features, such as '*_glcm_*'.")
    exclude: tuple[str, ...] = patterns("Features to leave out.")
    decimal: str | None = decimal_sign()
    threshold: Mapping[str, str] = thresholds("What a feature must pass to be robust [default: icc=0.9 and ccc=0.9].")
    baseline: str | None = optional("The strategy that others are compared with [default: the first].", "NAME")
    power: float | None = optional(
        "Of several strategies: power with which a difference is to be found.", "P", above=0, below=1
    )
    error_ratio: float | None = optional(
        "Plan for strategies with so many times the error variance of the first, rather than for the differences that "
        "the pilot shows, by chance or not.",
        "R",
        above=0,
    )
    sizes: tuple[int, ...] = option(
        f"Numbers of subjects to simulate [default: {','.join(map(str, SIZES))}].",
        default=(),
        metavar="N,...",
        read=_whole,
    )
    simulations: int = option("Studies of each size.", default=200, least=20)
    distribution: str = option(
        "Draw subjects and errors of the pilot again, or normal ones with their covariances.",
        default="resampled",
        choices=("resampled", "normal"),
    )
    seed: int = option("The same seed gives the same numbers.", default=0, least=0)
