"""What a comparison of harmonizers is asked for."""

from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option, settings_of
from experiments.analyses.shared.groups import columns, confidence_level, optional
from experiments.analyses.shared.readers import names
from harmonize.errors import ConfigurationError


@frozen_settings
class ScorecardSettings(AnalysisSettings):
    """Everything about a comparison of harmonizers beside the roles of columns."""

    compare: tuple[str, ...] = option(
        "Compare harmonizers on subjects that they have not seen, and write a scorecard into the folder `out`: all, or "
        "names such as none,combat,combat:mean_only,covbat.",
        default=(),
        metavar="NAME,...",
        read=names,
        repeated=True,
    )
    keep: tuple[str, ...] = columns("What must stay in the features, too; measured, not told to any.")
    target: str | None = optional(
        "The diagnosis: its AUC is measured within the folds. No harmonizer sees it.", "COLUMN"
    )
    site: str | None = optional("Hold out each of these sites as well.", "COLUMN")
    folds: int | None = option(
        "Folds of subjects [default: each of up to 20 by itself, else 10].", default=None, metavar="N", least=2
    )
    draws: int = option("How often subjects are drawn, for limits and ranks.", default=200, least=0, most=10_000)
    permutations: int = option("How often batches are exchanged, for p.", default=20, least=0, most=10_000)
    level: float = confidence_level()
    seed: int = option("The same seed gives the same numbers.", default=0, least=0)

    def check(self) -> None:
        """Refuse unknown harmonizers, and what is about a comparison that is not asked for."""
        super().check()
        if not self.compare:
            values = vars(self)
            given = [one.name for one in settings_of(type(self)) if values[one.name] != one.default]
            if given:
                raise ConfigurationError(f"`{given[0]}`: is about `compare`, which is missing")
            return
        from evaluation.batch_effects.compared_methods import named_methods  # only here: it loads scikit-learn

        named_methods(self.compare, "`compare`")
