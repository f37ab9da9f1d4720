"""The note in a run folder that says which MLflow run it belongs to."""

from pathlib import Path

from experiments.folder.files import TRACKED
from experiments.folder.run_folder import RunFolder
from experiments.tracking.address import default_uri, shown


def read_note(folder: Path) -> dict[str, str] | None:
    """Read the note: `tracking_uri`, `run_id`, `identity`; None if there is none, or it is damaged."""
    return RunFolder(folder).standing(TRACKED)


def write_note(folder: Path, uri: str, run: str, identity: str) -> None:
    """Write the note; passwords stay out of it."""
    note = {"tracking_uri": noted(folder, uri), "run_id": run, "identity": identity}
    RunFolder(folder).write(TRACKED, note)


def noted(folder: Path, uri: str) -> str:
    """Give an address as it stands in the note: empty for the folder's own file, so that the folder can be moved."""
    return "" if uri == default_uri(folder) else shown(uri)
