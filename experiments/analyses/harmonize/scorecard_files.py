"""The files of a comparison of harmonizers."""

from pathlib import Path

from experiments.analyses.harmonize.comparing import ComparedHarmonizers
from experiments.folder.kinds import Drawing
from experiments.folder.run_folder import RunFolder
from experiments.folder.scorecard_files import SCORECARD, SCORECARD_RECORD
from experiments.versions import all_versions
from harmonize.inputs.paths import as_path

ALL = "all"
"""The strategy of a table of any tool."""
PICTURE = Drawing("harmonization_scorecard")


def write_scorecard(out: str | Path, found: ComparedHarmonizers) -> list[Path]:
    """Write table, record and picture into a folder, and give their paths."""
    from evaluation.figures.scorecard import scorecard  # only here: it loads matplotlib

    folder = RunFolder(as_path(out, "`out`"))
    table = found.card.table.copy()
    table.insert(0, "strategy", ALL)
    folder.write(SCORECARD, table)
    record = {
        "table": found.described,
        "settings": {**found.settings.record(), **found.asked.record()},
        "reference": found.scoring.reference,
        "sentences": found.sentences(),
        "strategies": {ALL: {"notes": found.notes, "seconds": dict(found.card.seconds)}},
        "permutations": found.asked.permutations,
        "versions": all_versions(),
    }
    folder.write(SCORECARD_RECORD, record)
    folder.write(PICTURE, scorecard(found.held("subject"), "Harmonizers on subjects that they have not seen"))
    return [folder.path(SCORECARD), *PICTURE.left_in(folder.folder), folder.path(SCORECARD_RECORD)]
