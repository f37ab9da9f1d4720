"""What analyses have added to the folder of a run: which of it belongs to this very run."""

from experiments.analyses import addable
from experiments.folder.run_folder import RunFolder
from experiments.tracking.findings import kept_findings
from harmonize.errors import ConfigurationError


def added(run: RunFolder) -> frozenset[str]:
    """Give the places where analyses have added results to this very run: with its data and settings, unchanged."""
    return frozenset(one.adding.place for one in addable()) - frozenset(left_over(run))


def left_over(run: RunFolder) -> dict[str, str]:
    """Give the places without such results, and why these are not shown; empty where there are none at all."""
    reasons = {}
    for analysis in addable():
        try:
            kept_findings(run, analysis.name)
        except ConfigurationError as error:
            place = run.path(analysis.adding.place)
            reasons[place.name] = f"{place} is not in the report: {error}" if place.is_dir() else ""
    return reasons
