"""What scans are perturbed by, and how many images that makes."""

from collections.abc import Iterator

from experiments.audit.findings import Finding, listed
from experiments.study.study import Study
from harmonize.words import plural


def audit_perturbed(study: Study) -> Iterator[Finding]:
    """Tell of each chain how many draws there are, and of which scans."""
    counts: dict[str, int] = {}
    for draw in study.perturbations:
        counts[draw.chain] = counts.get(draw.chain, 0) + 1
    for chain, number in counts.items():
        first = next(draw for draw in study.perturbations if draw.chain == chain)
        scans = sum(scan.condition in first.conditions for scan in study.images)
        of = f" of {listed(first.conditions)}" if len(study.scanned) > 1 else ""
        yield Finding(
            *("note", "perturbations", f"perturbations: {chain}"),
            f"{plural(number, 'draw')} of {'+'.join(step.name for step in first.steps)} for each of "
            f"{plural(scans, 'scan')}{of}: {plural(number * scans, 'perturbed image')} under every strategy",
            "nothing is to be done; fewer `combinations` or `repeats` take less time (`radharmony plan` estimates it)",
        )
