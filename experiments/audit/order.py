"""Steps in an order that defeats one of them."""

from collections.abc import Iterator

from experiments.audit.findings import Finding
from experiments.study.study import Study
from harmonize.steps import abilities_of


def audit_order(study: Study) -> Iterator[Finding]:
    """Find steps that take the logarithm of intensities, such as N4, behind one that centres them at 0."""
    for strategy in study.strategies:
        centred = ""
        for step in strategy.steps:
            if centred and abilities_of(step).takes_logarithm:
                yield Finding(
                    *("warning", "order_of_steps", f"strategy {strategy.name}"),
                    f"{step.name} comes after {centred}, but takes the logarithm of intensities; voxels at 0 and "
                    "below are left out of its fit",
                    f"put {step.name} before {centred}: bias field, then noise, then intensities",
                )
            if abilities_of(step).centres:
                centred = step.name
