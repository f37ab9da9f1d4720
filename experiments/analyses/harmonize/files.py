"""The files of a harmonization: the table as it came with other values, and the model."""

from pathlib import Path

from experiments.analyses.harmonize.done import Done
from experiments.analyses.shared.table_files import SUFFIXES, is_table, write_table
from harmonize.errors import ConfigurationError
from harmonize.inputs.paths import as_path


def check_targets(out: Path, save: Path | None, read: tuple[Path | None, ...], folder: bool = False) -> None:
    """Refuse to write over what is read, and a file in place of a folder or a folder in place of a file."""
    if is_table(out) == folder:
        wanted = "the folder of a scorecard" if folder else f"a name ending in {' or '.join(SUFFIXES)}"
        raise ConfigurationError(f"`out`: {out}: expected {wanted}")
    known = {path.resolve() for path in read if path is not None}
    for setting, path in (("out", out), ("save", save)):
        if path is not None and path.resolve() in known:
            raise ConfigurationError(f"`{setting}`: '{path}' is read by this command; write to another file")


def write_harmonized(out: str | Path, done: Done, save: str | Path | None = None) -> None:
    """Write the table, and the model if wanted."""
    out = as_path(out, "`out`")
    if save is not None:
        save = as_path(save, "`save`")
        save.parent.mkdir(parents=True, exist_ok=True)
        done.fitted.save(save)
    write_table(out, done.rows.with_values(done.harmonized))
