"""What the harmonization of a table is asked for."""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from experiments.analyses.harmonize.scorecard_settings import ScorecardSettings
from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import columns, decimal_sign, optional, patterns, several
from experiments.analyses.shared.readers import level
from harmonize.errors import ConfigurationError
from harmonize.words import listed

__all__ = ["HarmonizationSettings", "HarmonizedFile", "ScorecardSettings"]

APPLYING = ("model", "features", "exclude", "decimal")
"""Settings of a saved model; all others belong to fitting."""


def _of_methods(setting: str) -> str:
    """Say of a setting what the entries of the methods tell."""
    from harmonize.combat.methods import METHODS, takes_subject  # only here: it loads scikit-learn

    if setting == "method":
        return f"{', '.join(METHODS)} [default: combat]."
    if setting == "subject":
        return f"The subject, for {listed([name for name in METHODS if takes_subject(name)])}."
    several = [f"`method={name}`" for name, one in METHODS.items() if one.several_batches]
    return f"The batch; columns join by '+', or stay apart ({listed(several)})."


def _needs_batch(method: str | None) -> bool:
    from harmonize.combat.methods import METHODS

    return method is None or method not in METHODS or METHODS[method].needs_batch


@frozen_settings
class HarmonizedFile(AnalysisSettings):
    """Where a harmonized table goes."""

    out: Path = option("A .csv or .parquet file; with `compare`, a folder.", opened="new")


@frozen_settings
class HarmonizationSettings(AnalysisSettings):
    """Everything that a harmonization is asked for."""

    batch: tuple[str, ...] = columns(lambda: _of_methods("batch"))
    reference: str | None = optional(
        "Batch that stays as it is [default: bring all to their mean].", "VALUE", read=level
    )
    method: str | None = option(lambda: _of_methods("method"), default=None)
    fit_on: tuple[str, ...] = several("Learn from these rows only, such as split=train.", "COLUMN=VALUE")
    by: tuple[str, ...] = columns("Fit each level by itself.")
    together: bool = option("Fit all rows together instead.", default=False)
    categorical: tuple[str, ...] = columns("Covariates to keep.")
    continuous: tuple[str, ...] = columns("Covariates to keep.")
    smooth: tuple[str, ...] = columns("Covariates to keep, by splines.")
    subject: str | None = optional(lambda: _of_methods("subject"), "COLUMN")
    nonparametric: bool = option("Take the other features themselves as the prior.", default=False)
    mean_only: bool = option("Leave scales alone.", default=False)
    no_empirical_bayes: bool = option("Take each feature's location and scale as they are.", default=False)
    features: tuple[str, ...] = patterns("Features, such as '*_glcm_*'.")
    exclude: tuple[str, ...] = patterns("Features to leave as they are.")
    decimal: str | None = decimal_sign()
    save: Path | None = option("Write the model (JSON).", default=None, metavar="MODEL", opened="new file")
    model: Path | None = option(
        "Apply a saved model; nothing is fitted.", default=None, metavar="MODEL", opened="file or message"
    )

    add: str | None = optional(
        "Teach the saved model this batch, from its rows (or with `subject` from people in a known one, too).",
        "VALUE",
        read=level,
    )

    def check(self) -> None:
        """Refuse what does not go together, what the method does not have, and a model that cannot be saved."""
        columns = {"batch": self.batch, "by": self.by, **self._covariates()}
        if self.model is not None:
            adding = () if self.add is None else ("add", "subject", "save")
            given = [name for name, value in vars(self).items() if value and name not in (*APPLYING, *adding)]
            if given:
                raise ConfigurationError(
                    f"`{given[0]}` belongs to fitting and excludes `model`, which is applied as it was saved"
                )
            return
        if self.add is not None:
            raise ConfigurationError("`add` teaches a saved model one more batch; name it with `model`")
        if not self.batch and _needs_batch(self.method):
            raise ConfigurationError("`batch` is missing; name the column of the batch (or give a saved `model`)")
        if self.by and self.together:
            raise ConfigurationError("`by` and `together` exclude each other")
        self._check_method(self.method or "combat")
        roles = [(name, column) for name, named in columns.items() for column in named]
        roles += [("subject", self.subject)] if self.subject else []
        for pattern in self.exclude:
            for role, column in roles:
                if fnmatchcase(column, pattern):
                    raise ConfigurationError(
                        f"`exclude`: '{pattern}' fits the column '{column}', which `{role}` names; drop one of the two "
                        "(a column with a role is never harmonized)"
                    )

    def options(self) -> dict[str, tuple[str, Any]]:
        """Give for each option of a method the setting that it comes from, and its value; None where not asked for."""
        return {
            **{name: (name, list(named) or None) for name, named in self._covariates().items()},
            "reference": ("reference", self.reference),
            "parametric": ("nonparametric", False if self.nonparametric else None),
            "mean_only": ("mean_only", True if self.mean_only else None),
            "empirical_bayes": ("no_empirical_bayes", False if self.no_empirical_bayes else None),
        }

    def _covariates(self) -> dict[str, tuple[str, ...]]:
        return {"categorical": self.categorical, "continuous": self.continuous, "smooth": self.smooth}

    def _check_method(self, method: str) -> None:
        from harmonize.combat.methods import METHODS, method_options

        known = method_options(method, "`method`")
        options = self.options()
        for name, (setting, value) in options.items():
            if value is not None and name not in known:
                fits = [f"`{one}`" for key, (one, _) in options.items() if key in known]
                raise ConfigurationError(f"`{setting}` does not belong to {method}, which takes {', '.join(fits)}")
        saved = [name for name, cls in METHODS.items() if cls.saved]
        if self.save and method not in saved:
            raise ConfigurationError(
                f"`save`: {method} cannot be applied to new rows, so that there is nothing to save; leave `save` out, "
                f"or take one of {listed(saved)}"
            )
