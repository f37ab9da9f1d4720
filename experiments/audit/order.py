"""Steps in an order that defeats one of them."""

from collections.abc import Iterator

from experiments.audit.findings import Finding
from experiments.study.study import Study
from harmonize.steps import N4BiasField, RobustZScore, TissueMode, ZScore

CENTERING = (RobustZScore, TissueMode, ZScore)
"""Steps after which many intensities are 0 or below."""


def audit_order(study: Study) -> Iterator[Finding]:
    """Find N4, which takes the logarithm of intensities, behind a step that centres them at 0."""
    for strategy in study.strategies:
        centred = ""
        for step in strategy.steps:
            if centred and isinstance(step, N4BiasField):
                yield Finding(
                    *("warning", "order_of_steps", f"strategy {strategy.name}"),
                    f"{step.name} comes after {centred}, but takes the logarithm of intensities; voxels at 0 and "
                    "below are left out of its fit",
                    f"put {step.name} before {centred}: bias field, then noise, then intensities",
                )
            if isinstance(step, CENTERING):
                centred = step.name
