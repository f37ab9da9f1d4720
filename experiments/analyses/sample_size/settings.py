"""What can be asked about the size of a study."""

from pathlib import Path
from typing import Any

from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import confidence_level, optional
from harmonize.errors import ConfigurationError

FORMS = ("1", "C,1")


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
    form: str = option("Form of the ICC: one-way or consistency.", default="1", choices=FORMS)
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
        given = list(self.expected)
        if not given:
            raise ConfigurationError("`icc`: say which `icc`, `ccc` or `wcv` is expected, such as `icc=0.8`")
        if len(given) > 1:
            raise ConfigurationError(f"`{given[1]}`: is given beside `{given[0]}`; plan for one of them at a time")
        for name, value, unset, needs in (("form", self.form, "1", "icc"), ("accuracy", self.accuracy, 1.0, "ccc")):
            if value != unset and needs not in given:
                raise ConfigurationError(f"`{name}`: is about `{needs}`, which is missing")
