"""What a test of equivalence is asked for."""

from pathlib import Path

from evaluation.claims.margin import EquivalenceMargin
from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import columns, optional, several
from experiments.analyses.shared.table_roles import TableRoles
from harmonize.errors import ConfigurationError


@frozen_settings
class EquivalenceFiles(AnalysisSettings):
    """Where results go."""

    out: Path = option("Folder of the results.", opened="new folder")


@frozen_settings
class EquivalenceSettings(TableRoles):
    """Everything that a test of equivalence is asked for."""

    conditions: tuple[str, ...] = several(
        "A condition, such as REF+STD; given twice, the reference first.", "VALUE", flag="condition"
    )
    margin: str = option(
        "What counts as no difference: 0.5 (units of the feature), 10% (of the reference's mean), 1wsd or 0.5rc "
        "(multiples of measurement error, see `error`).",
        metavar="MARGIN",
    )
    scale: str = option("Judge differences (raw) or ratios (log).", default="raw", choices=("raw", "log"))
    column: tuple[str, ...] = columns("Columns that make the condition; join by '+' [default: guessed].")
    order: str | None = optional("Instead: number a subject's scans 1, 2, ... by this date or number.", "COLUMN")
    repeat: str | None = optional("The column that numbers repeats under one condition.", "COLUMN")
    error: Path | None = option(
        "Measurement error for margins in wsd or rc: folder of `radharmony reliability`, run, or table.",
        default=None,
        opened="any",
        recorded=False,
    )
    alpha: float = option("Adjusted p values must lie below.", default=0.05, above=0, below=1)
    adjust: str = option("Over features: fdr (Benjamini-Hochberg) or holm.", default="fdr", choices=("fdr", "holm"))

    @property
    def judged(self) -> EquivalenceMargin:
        """The margin on its scale."""
        return EquivalenceMargin.parse(self.margin, self.scale == "log")

    def check(self) -> None:
        """Refuse what is no pair of conditions, a margin that means nothing, and an error that nothing asks for."""
        super().check()
        if len(set(self.conditions)) != 2 or len(self.conditions) != 2:
            raise ConfigurationError(
                f"`conditions`: found {', '.join(self.conditions) or 'none'}; expected two, the reference first, such "
                "as REF+STD and ACC+DLR"
            )
        if self.judged.of_error != (self.error is not None):
            wanted = "is missing; name where measurement error is from" if self.judged.of_error else "is not used"
            raise ConfigurationError(f"`error`: {wanted}, as `margin` is {self.margin}")
        if self.repeat is not None and not self.column:
            raise ConfigurationError("`repeat`: needs `column`, the columns that make the condition itself")
