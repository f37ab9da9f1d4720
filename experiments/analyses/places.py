"""What analyses have added to the folder of a run: which of it belongs to this very run."""

from pathlib import Path

from experiments.analyses import ANALYSES
from experiments.folder.files import FINDINGS
from experiments.folder.run_folder import RunFolder
from experiments.tracking.findings import kept_findings
from harmonize.errors import ConfigurationError


def places() -> dict[str, str]:
    """Give what analyses add to a finished run: by the folder below it the name of the analysis."""
    return {one.place: one.name for one in ANALYSES.values() if one.place}


def renew(folder: Path, place: str) -> None:
    """Take away what says that the results in a place belong to a run, before they are written again."""
    (folder / FINDINGS / f"{places()[place]}.json").unlink(missing_ok=True)


def added(run: RunFolder) -> frozenset[str]:
    """Give the places where analyses have added results to this very run: with its data and settings, unchanged."""
    return frozenset(places()) - frozenset(left_over(run))


def left_over(run: RunFolder) -> dict[str, str]:
    """Give the places without such results, and why these are not shown; empty where there are none at all."""
    reasons = {}
    for place, name in places().items():
        try:
            kept_findings(run, name)
        except ConfigurationError as error:
            reasons[place] = (
                f"{run.folder / place} is not in the report: {error}" if (run.folder / place).is_dir() else ""
            )
    return reasons
