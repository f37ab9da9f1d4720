"""The note in a run folder that says which MLflow run it belongs to."""

from pathlib import Path

from experiments.folder.files import TRACKED
from experiments.folder.run_folder import RunFolder
from experiments.tracking.address import default_uri, shown
from harmonize.errors import ConfigurationError

KEYS = ("tracking_uri", "run_id", "identity")


def read_note(folder: Path) -> dict[str, str] | None:
    """Read the note: `tracking_uri`, `run_id`, `identity`; None if there is none, or it is damaged."""
    try:
        note = RunFolder(folder)[TRACKED]
        return {name: str(note[name]) for name in KEYS}
    except (ConfigurationError, KeyError, TypeError):
        return None


def write_note(folder: Path, uri: str, run: str, identity: str) -> None:
    """Write the note; passwords stay out of it."""
    values = (noted(folder, uri), run, identity)
    RunFolder(folder).write(TRACKED, dict(zip(KEYS, values, strict=True)))


def noted(folder: Path, uri: str) -> str:
    """Give an address as it stands in the note: empty for the folder's own file, so that the folder can be moved."""
    return "" if uri == default_uri(folder) else shown(uri)
