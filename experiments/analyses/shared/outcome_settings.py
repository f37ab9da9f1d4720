"""What is predicted: a class, a number, or the time to an event; and the models that there are of each."""

from collections.abc import Iterable

from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

MODELS = "logistic, elastic_net, forest, boosting, svm; of a number ridge for logistic; of survival cox, elastic_net"
"""What there is to choose from, for `--help`."""
OUTCOMES = ("classes", "number", "survival")


def check_models(names: Iterable[str], where: str, outcome: str = "classes") -> None:
    """Refuse models that there are none of for what is predicted."""
    from evaluation.classification import MODELS_OF

    refuse_unknown(names, MODELS_OF[outcome], where)


def tuned_by(score: str | None, outcome: str) -> str:
    """Give the score by which parameters are chosen, of those that have a value in a single fold."""
    from evaluation.classification import OUTCOMES as KNOWN

    known = KNOWN[outcome]
    refuse_unknown(
        [score or known.tune_by], [name for name, one in known.scores.items() if not one.pooled], "`tune_by`"
    )
    return score or known.tune_by


def usual_model(outcome: str) -> str:
    """Give the model that learns what is predicted unless another is named."""
    from evaluation.classification import MODELS_OF

    return next(iter(MODELS_OF[outcome]))


@frozen_settings
class WhatIsPredicted(AnalysisSettings):
    """The columns of what is predicted."""

    target: str | None = option(
        "The class of each row, of two the second is sought; or a number.", default=None, metavar="COLUMN"
    )
    outcome: str | None = option(
        "What is predicted [default: survival with `time` and `event`, else classes].", default=None, choices=OUTCOMES
    )
    time: str | None = option(
        "Time to the event, or to the last day without it; instead of `target`.", default=None, metavar="COLUMN"
    )
    event: str | None = option(
        "Whether the event happened: 1, or the value that is named.", default=None, metavar="COLUMN[=VALUE]"
    )

    def check(self) -> None:
        """Refuse what leaves open which outcome is predicted."""
        super().check()
        timed = {"time": self.time, "event": self.event}
        given = [name for name, value in timed.items() if value]
        outcome = self.outcome or ("survival" if given else "classes")
        object.__setattr__(self, "outcome", outcome)
        if outcome == "survival":
            absent = [name for name in timed if not timed[name]]
            if absent:
                raise ConfigurationError(
                    f"`{absent[0]}`: is missing; survival needs `time`, the column of the time to the event, and "
                    "`event`, that of whether it happened"
                )
            if self.target:
                raise ConfigurationError(
                    f"`target`: is '{self.target}', beside `time` and `event`; give those for survival, or `target` "
                    "alone for a class or a number"
                )
            if self.time == self.event_column[0]:
                raise ConfigurationError(f"`event`: is '{self.time}', as is `time`; name the column of each")
        elif given:
            raise ConfigurationError(
                f"`{given[0]}`: is about survival, and `outcome` is {outcome}; leave out one of them"
            )
        elif not self.target:
            raise ConfigurationError(
                "`target`: is missing; name the column of what is predicted, or for survival `time` and `event`"
            )

    @property
    def event_column(self) -> tuple[str, str]:
        """The column of the event, and the value that is the event; empty where that is 1."""
        column, _, value = (self.event or "").partition("=")
        return column.strip(), value.strip()

    @property
    def predicted(self) -> tuple[str, ...]:
        """The columns of what is predicted."""
        return (str(self.target),) if self.outcome != "survival" else (str(self.time), self.event_column[0])

    @property
    def aim(self) -> str:
        """What is predicted, in words."""
        return str(self.target) if self.outcome != "survival" else f"time to {self.event} ({self.time})"
