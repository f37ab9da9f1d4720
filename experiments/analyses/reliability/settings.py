"""What an analysis of reliability is asked for."""

from collections.abc import Mapping
from pathlib import Path

from evaluation.reliability.statistics import further
from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import (
    columns,
    compared_side,
    confidence_level,
    named,
    optional,
    several,
    thresholds,
)
from experiments.analyses.shared.readers import level, names
from experiments.analyses.shared.table_roles import TableRoles
from harmonize.errors import ConfigurationError


@frozen_settings
class ReliabilityFiles(AnalysisSettings):
    """Where results go."""

    out: Path = option(
        "Folder for everything, or a .csv or .parquet file for the reliability table alone.", opened="new"
    )


@frozen_settings
class FacetSettings(AnalysisSettings):
    """Which facets the measurements of a subject vary over: readers, scanners, acquisitions, sessions."""

    facets: tuple[str, ...] = option(
        "Instead: components of variance over this column, crossed with the others and random, or COLUMN:fixed, or "
        "COLUMN:nested (in the subject) or COLUMN:nested=FACET. May be repeated.",
        default=(),
        flag="facet",
        metavar="COLUMN[:HOW],...",
        read=names,
        repeated=True,
    )
    pool: tuple[str, ...] = option(
        "With facets: take no such source of variance, such as reader:acquisition.",
        default=(),
        metavar="SOURCE,...",
        read=names,
        repeated=True,
    )

    def check(self) -> None:
        """Refuse what is about facets where there are none."""
        if self.pool and not self.facets:
            raise ConfigurationError("`pool`: is about `facets`, which are missing")


@frozen_settings
class ReliabilitySettings(TableRoles):
    """Everything that an analysis of reliability is asked for."""

    condition: tuple[str, ...] = columns("What is compared; columns join by '+'.")
    order: str | None = optional("Instead: number a subject's scans 1, 2, ... by this date or number.", "COLUMN")
    reference: str | None = optional(
        "The condition to compare with [default: that of the run, if the table is of one, or the first of two]; "
        "'none' compares all with one another.",
        "VALUE",
        read=level,
    )
    statistics: tuple[str, ...] = option(
        f"Further statistics: {', '.join(further())}.",
        default=(),
        metavar="NAME,...",
        read=names,
        repeated=True,
    )
    icc_form: str = option("1, A,1, C,1, 1,k, A,k or C,k.", default="A,1")
    icc_interval: str = option(
        "Limits of the ICC: jackknife (for any features), mcgraw-wong (for normal features, as R psych), or "
        "generalized (for normal features and fixed conditions that shift values).",
        default="jackknife",
    )
    ccc_interval: str = option(
        "Limits of the CCC: jackknife (for any features) or lin (for normal features, as R epiR).",
        default="jackknife",
    )
    rc_interval: str = option(
        "Limits of wSD, RC, RDC, MDC and wCV (log): chi-square (for normal errors) or adjusted (with degrees of "
        "freedom lowered where errors are not normal).",
        default="chi-square",
    )
    level: float = confidence_level()
    quartiles: str = option("Quartile rule of the QCD, in NumPy's words.", default="linear")
    threshold: Mapping[str, str] = thresholds(
        "What a feature must pass to be reproducible [default: icc=0.9 and ccc=0.9; without a reference icc=0.9 and "
        "overall_ccc=0.9]."
    )
    compared: str = compared_side()
    picture: tuple[str, ...] = several("Features for Bland-Altman and scatter plots.", "FEATURE")
    at: Mapping[str, str] = named(
        "Strategy, sequence, roi, condition of those plots [default: the first of each].", "ROLE=LEVEL"
    )
    no_figures: bool = option("Draw no figures.", default=False)
    whitelist: Path | None = option(
        "How reliable the features of this whitelist are together (I2C2), beside all and those of each class.",
        default=None,
        opened="file",
    )
    no_inference: bool = option(
        "No intervals of shares, no comparison of strategies, no reliability of sets of features.", default=False
    )

    def check(self) -> None:
        """Refuse what there is none of."""
        from evaluation.reliability import CCC_INTERVALS, ICC_FORMS, ICC_INTERVALS, QUARTILE_RULES, RC_INTERVALS
        from harmonize.inputs.configuration import refuse_unknown

        for name, value, known in (
            ("icc_form", self.icc_form, ICC_FORMS),
            ("icc_interval", self.icc_interval, ICC_INTERVALS),
            ("ccc_interval", self.ccc_interval, CCC_INTERVALS),
            ("rc_interval", self.rc_interval, RC_INTERVALS),
            ("quartiles", self.quartiles, QUARTILE_RULES),
        ):
            refuse_unknown([value], known, f"`{name}`", "unknown")
