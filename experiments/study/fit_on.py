"""The scans that a step learns from."""

from collections.abc import Sequence

from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.steps import CohortStep
from harmonize.steps.fits import as_fit_on


def refuse_empty_cohorts(strategies: Sequence[Strategy], scans: Sequence[Scan], where: str) -> None:
    """Raise a `ConfigurationError` where a step is to learn from scans that the study does not have."""
    labels = [_labels(scan) for scan in scans]
    for strategy in strategies:
        for step in strategy.steps:
            if not isinstance(step, CohortStep):
                continue
            place = f"{where}: {strategy.name}: {step.name}: fit_on"
            for column, values in as_fit_on(step.fit_on).items():
                if column not in labels[0]:
                    raise ConfigurationError(f"{place}: unknown column '{column}'; {suggest(column, labels[0])}")
                present = {label[column] for label in labels}
                for value in values:
                    if value not in present:
                        raise ConfigurationError(
                            f"{place}: no scan has '{value}' in column '{column}'; {suggest(value, present)}"
                        )
            if not any(in_cohort(scan, step) for scan in scans):
                raise ConfigurationError(f"{place}: no scan has all of these values; name fewer columns")


def in_cohort(scan: Scan, step: CohortStep) -> bool:
    """Say whether a step learns from a scan."""
    labels = _labels(scan)
    return all(labels[column] in values for column, values in as_fit_on(step.fit_on).items())


def _labels(scan: Scan) -> dict[str, str]:
    own = {"subject": scan.subject, "sequence": scan.sequence, "condition": scan.condition}
    return {**scan.covariates, **scan.levels, **own}
