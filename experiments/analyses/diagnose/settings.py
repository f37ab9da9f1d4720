"""What a diagnosis from features is asked for."""

from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import (
    Choosing,
    CohortSettings,
    Limits,
    Splitting,
    Whitelisted,
    optional,
)
from experiments.analyses.shared.outcome_settings import MODELS, check_models, tuned_by, usual_model
from experiments.analyses.shared.readers import level, names
from harmonize.errors import ConfigurationError


def _models(value: object) -> tuple[str, ...]:
    """Take several names; none are the usual model, unless somebody names nothing."""
    found = names(value)
    if not found and value != ():
        raise ValueError("is empty; name at least one, such as logistic")
    return found


@frozen_settings
class Batches(AnalysisSettings):
    """What takes batch effects out."""

    harmonize: str | None = optional("combat, covbat, batch_zscore, ... (see docs); needs `batch`.", "METHOD")
    batch: str | None = optional("Scanner, site or condition of each row.", "COLUMN")
    reference: str | None = optional("Batch that stays as it is.", "VALUE", read=level)


@frozen_settings
class Models(AnalysisSettings):
    """The models that learn, and what they are compared with."""

    models: tuple[str, ...] = option(
        f"{MODELS} [default: logistic, ridge or cox].",
        default=(),
        flag="model",
        metavar="NAME,...",
        read=_models,
        repeated=True,
        recorded=False,
    )
    tune_by: str | None = optional("The score that the inner loop makes best [default: auc, r2 or ibs].", "SCORE")
    no_baselines: bool = option(
        "Leave out chance, random features, volume and first order.", default=False, recorded=False
    )


@frozen_settings
class Augmenting(AnalysisSettings):
    """What perturbed scans serve for."""

    augment: bool = option(
        "Learn from the perturbed scans of training subjects, too (column perturbation); none is tested.",
        default=False,
    )


@frozen_settings
class DiagnosisSettings(Limits, Splitting, Augmenting, Models, Choosing, Whitelisted, Batches, CohortSettings):
    """Everything that a diagnosis is asked for."""

    def check(self) -> None:
        """Refuse models and harmonizers that are unknown or do not serve, and settings without what they are about."""
        from experiments.analyses.shared.pipeline_parts import check_method
        from harmonize.combat import METHODS

        super().check()
        outcome = str(self.outcome)
        object.__setattr__(self, "models", self.models or (usual_model(outcome),))
        check_models(self.models, "`models`", outcome)
        object.__setattr__(self, "tune_by", tuned_by(self.tune_by, outcome))
        twice = [name for name in self.models if self.models.count(name) > 1]
        if twice:
            raise ConfigurationError(f"`models`: '{twice[0]}' is named twice; name it once")
        if bool(self.harmonize) != bool(self.batch):
            raise ConfigurationError(
                "`harmonize` and `batch` belong together: name the method and the column of the batch"
            )
        if self.harmonize is not None and self.harmonize in METHODS and METHODS[self.harmonize].paired:
            raise ConfigurationError(
                f"`harmonize`: {self.harmonize} needs every subject under every condition, which those to be diagnosed "
                "do not have; use combat"
            )
        if self.harmonize is not None:
            check_method(self.harmonize, paired=False)
        if self.reference is not None and not self.harmonize:
            raise ConfigurationError("`reference`: names the batch that `harmonize` leaves as it is, which is missing")
