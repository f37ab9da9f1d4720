"""What a judgement of changes is asked for."""

from pathlib import Path

from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import allowed, columns, optional, settings_file, several
from experiments.analyses.shared.table_roles import TableRoles
from harmonize.errors import ConfigurationError


@frozen_settings
class ChangeFiles(AnalysisSettings):
    """Where results go."""

    out: Path = option("Folder of the results.", opened="new folder")


@frozen_settings
class ChangeSettings(TableRoles):
    """Everything that a judgement of changes is asked for."""

    reliability: Path = option(
        "What is known of measurement error, from others who did not change: folder of `radharmony reliability`, run, "
        "measurement_error.parquet, or reliability table.",
        opened="any",
        recorded=False,
    )
    coefficient: str = option(
        "Judge against rc (both visits on the same scanner with the same protocol), rdc (not so), or mdc (as rc, where "
        "what shifts all subjects alike was taken out).",
        choices=("rc", "rdc", "mdc"),
    )
    visit: str | None = optional("The column of the visit.", "COLUMN")
    order: str | None = optional("Instead: number a subject's scans 1, 2, ... by this date or number.", "COLUMN")
    visits: tuple[str, ...] = several(
        "The two visits compared, the earlier first, if there are others or they are no numbers.",
        "VALUE",
        flag="visits",
    )
    protocol: tuple[str, ...] = columns(
        "Columns of scanner and protocol: who changes them between the visits is judged by rdc alone."
    )
    scale: str = option(
        "Judge differences (raw), ratios (log), or what the reliability study says of each feature (auto).",
        default="auto",
        choices=("auto", "raw", "log"),
    )
    adjust: str = option(
        "What counts as changed: beyond the coefficient (none), or an adjusted p below .05 over a patient's features "
        "(fdr, holm).",
        default="none",
        choices=("none", "fdr", "holm"),
    )
    settings: Path | None = settings_file(
        "How the features of TABLE were made: run.json, or a PyRadiomics parameter file [default: run.json beside "
        "features.parquet of a run]."
    )
    allow: tuple[str, ...] = allowed("Judge in spite of such a difference from the reliability study, with a warning.")

    def check(self) -> None:
        """Refuse visits that nothing tells, and protocols that cannot be read."""
        super().check()
        if (self.visit is None) == (self.order is None):
            raise ConfigurationError("`visit`: name either the column of the visit or, with `order`, of its date")
        if self.visits and (len(self.visits) != 2 or self.visits[0] == self.visits[1]):
            raise ConfigurationError(f"`visits`: found {', '.join(self.visits)}; expected two, the earlier first")
        if self.protocol and self.visit is None:
            raise ConfigurationError("`protocol`: needs `visit`; scans that `order` numbers have none")
