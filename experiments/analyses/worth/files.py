"""The files of an analysis of the worth of perturbations."""

from pathlib import Path

from experiments.analyses.worth.run import WorthFound
from experiments.folder.added import again
from experiments.folder.condition_files import PERTURBATION_WORTH
from experiments.folder.kinds import Record
from experiments.folder.run_folder import RunFolder
from experiments.versions import all_versions
from harmonize.inputs.paths import as_path

RECORD = Record(
    "worth.json", keys={**dict.fromkeys(("table", "settings", "rule"), dict), "notes": list}, advice=again("worth")
)


def write_worth(out: str | Path, found: WorthFound) -> None:
    """Write table and record into a folder."""
    folder = RunFolder(as_path(out, "`out`"))
    folder.write(PERTURBATION_WORTH, found.table)
    record = {
        "table": found.described,
        "settings": found.settings.record(),
        "reference": found.reference,
        "rule": found.rule.to_mapping(),
        "notes": found.notes,
        "versions": all_versions(),
    }
    RECORD.write(folder.folder, record)
