"""Groups of settings that several analyses have, each in one place; an analysis inherits those that it needs.

The settings of the class that is named last come first.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, get_args

from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.outcome_settings import MODELS, WhatIsPredicted, check_models, usual_model
from experiments.analyses.shared.readers import names, number_or_none, pairs, texts
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Resamples

DIFFERENCES = ("steps", "extraction", "harmonizer", "versions", "unknown", "missing", "place")
"""In what the making of two tables of features may differ, in the words of `selection.compare_settings`."""


def columns(about: str | Callable[[], str], default: tuple[str, ...] = ()) -> Any:
    """Make a setting that takes columns."""
    return option(about, default=default, metavar="COLUMN,...", read=names, repeated=True)


def optional(about: str | Callable[[], str], metavar: str, **rest: Any) -> Any:
    """Make a setting that may be left out, and then is None."""
    return option(about, default=None, metavar=metavar, **rest)


def several(about: str, metavar: str, flag: str = "") -> Any:
    """Make a setting that takes any number of texts."""
    return option(about, default=(), flag=flag, metavar=metavar, read=texts, repeated=True)


def named(about: str | Callable[[], str], metavar: str, flag: str = "") -> Any:
    """Make a setting that takes names with a value each."""
    return option(about, default={}, flag=flag, metavar=metavar, read=pairs(metavar), repeated=True)


def thresholds(about: str) -> Any:
    """Make the setting that names what a feature must pass."""

    def told() -> str:
        from evaluation.reliability.terms import units_of_thresholds

        return f"{about} {units_of_thresholds()}."

    return named(told, "STATISTIC=VALUE")


def patterns(about: str) -> Any:
    """Make a setting that takes patterns of names."""
    return option(about, default=(), metavar="PATTERN,...", read=names, repeated=True, recorded=False)


def resamples(what: str) -> Any:
    """Make the setting that says how often subjects are drawn again."""
    (_, limits) = get_args(Resamples)
    about = f"How often subjects are drawn again, for {what}."
    return option(about, default=1000, flag="resamples", least=limits.least)


def compared_side() -> Any:
    """Make the setting that says what is compared with thresholds, of all statistics."""
    about = "Compare the estimate with the threshold, or limit, the unfavourable confidence limit."
    return option(about, default="estimate", flag="on", choices=("estimate", "limit"))


def settings_file(about: str) -> Any:
    """Make the setting that names how features were made."""
    return option(about, default=None, opened="file", recorded=False)


def allowed(about: str) -> Any:
    """Make the setting that allows what would be refused."""
    return option(
        f"{about} May be repeated.", default=(), read=texts, repeated=True, choices=DIFFERENCES, recorded=False
    )


def pruning(kept: str) -> Any:
    """Make the setting that says of which correlated features one is kept."""
    return option(
        f"Of features with this absolute rank correlation keep {kept}.",
        default=0.9,
        metavar="R|none",
        read=number_or_none,
        above=0,
        most=1,
    )


def confidence_level() -> Any:
    """Make the setting that names the level of limits."""
    return option("Confidence level of all limits.", default=0.95, above=0, below=1)


def decimal_sign() -> Any:
    """Make the setting that names the decimal sign of a table."""
    return option(
        "Decimal sign of TABLE [default: found column by column].",
        default=None,
        metavar="point|comma",
        choices=("point", "comma", ".", ","),
        read=_sign,
        recorded=False,
    )


def _sign(value: object) -> object:
    return {"point": ".", "comma": ","}.get(str(value), value)


@frozen_settings
class CohortSettings(WhatIsPredicted):
    """What the columns and rows of a cohort's table are."""

    subject: str = option("The subject of each row.", default="subject", metavar="COLUMN")
    where: tuple[str, ...] = several("Only these rows, such as roi=liver. May be repeated.", "COLUMN=VALUE")
    features: tuple[str, ...] = patterns("Features, such as '*_glcm_*'.")
    exclude: tuple[str, ...] = patterns("Columns that are none.")
    decimal: str | None = decimal_sign()


@frozen_settings
class Whitelisted(AnalysisSettings):
    """A whitelist that chooses the features of a cohort."""

    whitelist: Path | None = option(
        "Use the features of this whitelist only; from another cohort.", default=None, opened="file"
    )
    settings: Path | None = settings_file(
        "How the features of TABLE were made, for `whitelist`: run.json or a PyRadiomics parameter file."
    )
    allow: tuple[str, ...] = allowed("Apply the whitelist in spite of such a difference.")

    def check(self) -> None:
        """Refuse what is about a whitelist that is not there."""
        super().check()
        for name, value in (("settings", self.settings), ("allow", self.allow)):
            if value and self.whitelist is None:
                raise ConfigurationError(f"`{name}`: is about `whitelist`, which is missing")


@frozen_settings
class Choosing(AnalysisSettings):
    """The steps before the model."""

    prune: float | None = pruning("the most central")
    select: str = option(
        "Selector, such as mrmr:10, fdr:0.05 or rfe:n_features=5,step=0.2.",
        default="mrmr:10",
        metavar="NAME[:OPTIONS]|none",
    )

    def check(self) -> None:
        """Refuse a selector that there is none of, and options that it cannot take."""
        from experiments.analyses.shared.pipeline_parts import parse_selector

        super().check()
        parse_selector(self.select, getattr(self, "outcome", None) or "classes")


@frozen_settings
class Modelling(AnalysisSettings):
    """The model that learns from features."""

    model: str | None = optional(f"{MODELS} [default: logistic, ridge or cox].", "NAME")

    def check(self) -> None:
        """Refuse a model that there is none of for what is predicted, which is known by then."""
        super().check()
        outcome = getattr(self, "outcome", None) or "classes"
        object.__setattr__(self, "model", self.model or usual_model(outcome))
        check_models([str(self.model)], "`model`", outcome)


@frozen_settings
class Splitting(AnalysisSettings):
    """Repeated, nested cross-validation."""

    folds: int = option("Folds of subjects.", default=5, least=2)
    repeats: int = option("How often to split into folds.", default=10, least=1)
    inner_folds: int = option("Folds of the training subjects.", default=5, least=2)
    n_resamples: int = resamples("limits")
    seed: int = option("The same seed gives the same folds.", default=0, least=0)


@frozen_settings
class Limits(AnalysisSettings):
    """Confidence limits."""

    level: float = confidence_level()


def _address(value: object) -> str:
    from experiments.executors.address import check_address

    return check_address(str(value))


@frozen_settings
class LocalWorkers(AnalysisSettings):
    """How many processes compute on this machine."""

    jobs: int | None = option("Worker processes side by side [default: one a core].", default=None, least=1)

    @property
    def processes(self) -> int:
        """How many processes compute."""
        if self.jobs is not None:
            return self.jobs
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@frozen_settings
class Workers(LocalWorkers):
    """Where an analysis computes."""

    scheduler: str | None = option(
        "Compute on the workers of a Dask scheduler, such as tcp://127.0.0.1:8786, instead.",
        default=None,
        metavar="ADDRESS",
        read=_address,
    )

    def check(self) -> None:
        """Refuse both: a cluster has the workers that it has."""
        if self.scheduler is not None and self.jobs is not None:
            raise ConfigurationError("`scheduler` and `jobs` exclude each other: a cluster has the workers that it has")

    def joblib(self) -> AbstractContextManager[None]:
        """Give a context in which joblib computes on the scheduler; one that changes nothing for none."""
        if self.scheduler is None:
            return nullcontext()
        from experiments.executors.joblib_backend import joblib_on

        return joblib_on(self.scheduler)


@frozen_settings
class Destination(AnalysisSettings):
    """Where results go: a folder of their own, or a run with its report and its MLflow run."""

    out: Path | None = option("Folder of the results.", default=None, opened="new folder")
    run: Path | None = option(
        "Put the results into this run folder instead, its report and its MLflow run.", default=None, opened="folder"
    )
    tracking_uri: str | None = optional("Where the run of `run` is tracked, if its address has a password.", "URI")
