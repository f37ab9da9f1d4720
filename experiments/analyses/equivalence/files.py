"""The files of a test of equivalence."""

from pathlib import Path

from evaluation.claims.pooling import COLUMNS, NUMBERS
from evaluation.figures.equivalence import equivalence_plot
from experiments.analyses.equivalence.run import EquivalenceFound
from experiments.folder.kinds import Drawing, Record, RunTable
from experiments.versions import all_versions
from harmonize.inputs.paths import as_path

ADVICE = "run `radharmony equivalence` again"
TABLE = RunTable(
    "equivalence.csv", texts=[name for name in COLUMNS if name not in NUMBERS], numbers=NUMBERS, advice=ADVICE
)
PICTURE = Drawing("equivalence", advice=ADVICE)
RECORD = Record("equivalence.json", keys={"table": dict, "settings": dict, "notes": list}, advice=ADVICE)


def write_equivalence(out: str | Path, found: EquivalenceFound) -> None:
    """Write table, picture and record into a folder."""
    folder = as_path(out, "`out`")
    TABLE.write(folder, found.table)
    PICTURE.write(folder, equivalence_plot(found.table, found.reference, found.other))
    RECORD.write(
        folder,
        {
            "table": found.described,
            "settings": found.settings.record(),
            "reference": found.reference,
            "other": found.other,
            "notes": found.notes,
            "versions": all_versions(),
        },
    )
