"""What a transfer from one condition to another is asked for."""

from pathlib import Path

from experiments.analyses.shared.fields import frozen_settings, option
from experiments.analyses.shared.groups import (
    CohortSettings,
    Modelling,
    Splitting,
    Whitelisted,
    columns,
    optional,
    resamples,
)
from experiments.analyses.shared.readers import level
from harmonize.errors import ConfigurationError


@frozen_settings
class Conditions(CohortSettings):
    """The two conditions, and what tells several rows of a subject apart."""

    condition: tuple[str, ...] = columns("The condition; columns join by '+'.", ("condition",))
    train: str = option(
        "The condition to learn from, such as REF+STD.", metavar="CONDITION", read=level, recorded=False
    )
    test: str = option("The condition to test in, such as ACC+DLR.", metavar="CONDITION", read=level, recorded=False)
    unit: tuple[str, ...] = columns("What tells several rows of a subject apart, such as the lesion.")
    harmonize: str | None = optional("Also harmonized: combat, covbat, batch_zscore, ... (see docs).", "METHOD")


@frozen_settings
class TransferSettings(Splitting, Modelling, Whitelisted, Conditions):
    """Everything that a transfer is asked for."""

    whitelist: Path | None = option(
        "Also with the features of this whitelist only; from another cohort.", default=None, opened="file"
    )
    n_resamples: int = resamples("the intervals")

    def check(self) -> None:
        """Refuse fewer than two conditions, and a harmonizer that is unknown or cannot be applied to new subjects."""
        from experiments.analyses.shared.pipeline_parts import check_method

        super().check()
        if not self.condition:
            raise ConfigurationError("`condition`: is empty; name the column of the condition")
        if self.train == self.test:
            raise ConfigurationError(f"`test`: is '{self.test}', as `train` is; expected two conditions")
        if self.harmonize is not None:
            check_method(self.harmonize)
