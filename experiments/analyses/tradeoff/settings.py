"""What a trade-off between robustness and diagnosis is asked for."""

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.reliability.statistics import agreement
from experiments.analyses.shared.fields import frozen_settings, option
from experiments.analyses.shared.groups import (
    Choosing,
    CohortSettings,
    Limits,
    Modelling,
    Splitting,
    allowed,
    columns,
    compared_side,
    optional,
    pruning,
    resamples,
    settings_file,
)
from experiments.analyses.shared.readers import level
from harmonize.errors import ConfigurationError
from harmonize.inputs.paths import as_path

if TYPE_CHECKING:
    from selection import Sweep


def _thresholds(value: Any) -> tuple[float, ...]:
    try:
        parts = value.split(",") if isinstance(value, str) else list(value)
        return tuple(float(part) for part in parts)
    except (TypeError, ValueError):
        raise ValueError(f"expected numbers separated by commas, found '{value}'") from None


def _reliability(value: object) -> object:
    """Take a path, a reliability table in memory, or what `run_reliability` gives."""
    if isinstance(value, str | Path):
        return as_path(value, "reliability")
    from evaluation.reading import source_of
    from experiments.analyses.shared.reliability_table import computed_of

    return value if computed_of(value) else source_of(value, "reliability")


@frozen_settings
class Robustness(CohortSettings):
    """Where the reliability of the features comes from, and the thresholds that are swept."""

    reliability: Any = option(
        "Reliability found in another study: the folder of a run, or a reliability table.",
        default=None,
        read=_reliability,
        opened="any",
        recorded=False,
    )
    strategy: str | None = optional("Which strategy of `reliability`; needed if there are several.", "NAME")
    sequence: str | None = optional("Which sequence of `reliability` [default: the worst of all].", "NAME")
    roi: str | None = optional("Which ROI of `reliability` [default: the worst of all].", "NAME")
    settings: Path | None = settings_file(
        "How the features of TABLE were made: run.json, or a PyRadiomics parameter file."
    )
    allow: tuple[str, ...] = allowed(
        "Go on in spite of such a difference between TABLE and `reliability`, leaving out features that it lacks "
        "(missing)."
    )
    condition: tuple[str, ...] = columns(
        "Under which condition, or by whose segmentation, a row was measured; columns join by '+'."
    )
    reference: str | None = optional(
        "Condition that the others are compared with [default: all together].", "NAME", read=level
    )
    unit: tuple[str, ...] = columns("What tells several rows of a subject apart, such as the lesion.")
    by: str = option("What is swept.", default="icc", choices=agreement)
    compared: str = compared_side()
    thresholds: tuple[float, ...] | None = option(
        "What it must exceed [default: 0,.3,.5,.6,.7,.75,.8,.85,.9,.95].",
        default=None,
        metavar="T,T,...",
        read=_thresholds,
    )


@frozen_settings
class TradeoffSettings(Limits, Splitting, Modelling, Choosing, Robustness):
    """Everything that a trade-off is asked for."""

    prune: float | None = pruning("the most reliable")
    n_resamples: int = resamples("the limits of the agreement")

    def check(self) -> None:
        """Refuse what says nothing of the reliability, and settings of a study that is not named."""
        super().check()
        self.sweep()  # refuses thresholds
        if self.reliability is not None:
            return
        if not self.condition:
            raise ConfigurationError(
                "`reliability`: nothing says how reliable the features are; name a study of reliability with "
                "`reliability`, or repeats in the table with `condition`"
            )
        of_reliability = {
            "strategy": self.strategy,
            "sequence": self.sequence,
            "roi": self.roi,
            "settings": self.settings,
            "allow": self.allow,
        }
        for name, value in of_reliability.items():
            if value:
                raise ConfigurationError(f"`{name}`: is about the study of `reliability`, which is missing")

    def sweep(self) -> "Sweep":
        """Give the settings of the sweep, which are called the same."""
        from experiments.analyses.shared.pipeline_parts import parse_selector
        from selection import Sweep

        known = {one.name for one in fields(Sweep)}
        asked = {name: value for name, value in vars(self).items() if name in known}
        asked["select"], asked["select_options"] = parse_selector(self.select, str(self.outcome))
        asked["thresholds"] = Sweep.thresholds if self.thresholds is None else self.thresholds
        return Sweep(**asked)
