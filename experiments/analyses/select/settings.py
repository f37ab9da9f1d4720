"""What a choice of robust features is asked for."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import optional, settings_file, several, thresholds
from experiments.analyses.shared.readers import each_once, paths
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from selection.thresholds import Side


@frozen_settings
class WhitelistFiles(AnalysisSettings):
    """Where a whitelist goes."""

    outs: tuple[Path, ...] = option(
        "The whitelist: .json to apply it, .csv to read it, .yaml as PyRadiomics parameters. May be repeated.",
        flag="out",
        read=paths,
        repeated=True,
        opened="new file",
        endings=(".json", ".csv", ".yaml", ".yml"),
    )


@frozen_settings
class SelectionSettings(AnalysisSettings):
    """Everything that a choice of robust features is asked for."""

    rule: str | None = optional(
        "Instead of thresholds: a rule such as 'icc[reader] > 0.75 and icc[acquisition] > 0.9'; 'lower limit of icc' "
        "compares the limit.",
        "RULE",
    )
    threshold: Mapping[str, str] = thresholds("What a feature must pass [default: icc=0.9 and ccc=0.9].")
    compared: tuple[str, ...] = several(
        "Compare the estimate with the threshold, or limit, the unfavourable confidence limit [default: estimate].",
        "[STATISTIC=]SIDE",
        "on",
    )
    any_of: bool = option("One threshold is enough.", default=False, flag="any")
    scope: str | None = option(
        "What has a list of its own [default: sequence_roi; overall with `at_least`].",
        default=None,
        choices=("sequence_roi", "sequence", "roi", "overall", "contrast"),
    )
    at_least: int | None = optional("In how many combinations of sequence and ROI to pass.", "K", least=1)
    conditions: tuple[str, ...] = several("Only these compared conditions count.", "NAME", "condition")
    top: int | None = optional("Of those that pass the N best of each list.", "N", least=1)
    by: str | None = optional("What ranks them [default: the first threshold].", "STATISTIC")
    below: tuple[str, ...] = several("A statistic of your own of which less is better.", "STATISTIC")
    above: tuple[str, ...] = several("A statistic of your own of which more is better.", "STATISTIC")
    strategy: str | None = optional("Which strategy of the table; needed if there are several.", "NAME")
    settings: Path | None = settings_file(
        "How the features were made: run.json, or a PyRadiomics parameter file [default: run.json of the run]."
    )
    slice_axis: int | None = option(
        "For PyRadiomics parameters, if the study takes the slice axis from each scan: slices along z, y or x "
        "[default: that of all scans of the run].",
        default=None,
        metavar="0|1|2",
        least=0,
        most=2,
    )

    def check(self) -> None:
        """Refuse two sides for one statistic, a ranking by nothing, and a rule beside what says the same."""
        said = {
            "threshold": self.threshold,
            "compared": self.compared,
            "any_of": self.any_of,
            "below": self.below,
            "above": self.above,
        }
        if self.rule is not None and (twice := [name for name, value in said.items() if value]):
            raise ConfigurationError(f"`rule`: says what `{twice[0]}` does; leave one of both out")
        try:
            each_once(value.partition("=")[::2] for value in self.compared)
        except ValueError as error:
            raise ConfigurationError(f"`compared`: {error}") from None
        sides = [value.rpartition("=")[2] for value in self.compared]
        refuse_unknown(sides, get_args(Side), "`compared`", "unknown side")
        plain = [value for value in self.compared if "=" not in value]
        if len(plain) > 1 or (plain and len(self.compared) > 1):
            raise ConfigurationError("`compared`: name one side for all statistics, or one for each as icc=limit")
        if self.top is not None and not self.threshold and self.rule is None and self.by is None:
            raise ConfigurationError("`top`: name what ranks the features with `by`, such as `by=icc`")
