"""The files of a judgement of changes."""

from pathlib import Path

from evaluation.claims.change import COLUMNS, NUMBERS
from evaluation.figures.changes import change_plot
from experiments.analyses.change.run import ChangeFound
from experiments.folder.kinds import Drawing, Record, RunTable
from experiments.versions import all_versions
from harmonize.inputs.paths import as_path

ADVICE = "run `radharmony change` again"
TABLE = RunTable(
    "changes.parquet", texts=[name for name in COLUMNS if name not in NUMBERS], numbers=NUMBERS, advice=ADVICE
)
PATIENTS = RunTable("patients.csv", texts=("strategy", "subject"), numbers=("judged", "changed"), advice=ADVICE)
PICTURE = Drawing("changes", advice=ADVICE)
RECORD = Record("change.json", keys={"table": dict, "settings": dict, "notes": list}, advice=ADVICE)


def write_change(out: str | Path, found: ChangeFound) -> None:
    """Write verdicts, counts, picture and record into a folder."""
    folder = as_path(out, "`out`")
    TABLE.write(folder, found.table)
    PATIENTS.write(folder, found.patients())
    PICTURE.write(folder, change_plot(found.table, found.settings.coefficient.upper()))
    RECORD.write(
        folder,
        {
            "table": found.described,
            "settings": found.settings.record(),
            "visits": list(found.visits),
            "protocol": list(found.protocol),
            "notes": [*found.warnings, *found.notes],
            "versions": all_versions(),
        },
    )
