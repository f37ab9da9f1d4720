"""What is refused of a folder that is to be that of a finished run, and of a file that is to belong to something."""

from pathlib import Path

from experiments.folder.files import LOG, RUN
from harmonize.digest import digest_of_file
from harmonize.errors import ConfigurationError


def check_file(file: Path, digest: str | None, owner: str, advice: str) -> None:
    """Refuse a file that does not have this SHA-256.

    Raises
    ------
    ConfigurationError
        With the owner in whose words it does not belong there, and what to do.

    Examples
    --------
    >>> check_file(Path("nowhere.csv"), "0" * 64, "run beside it", "run it again")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: nowhere.csv: not found, but it belongs to the run beside it; run it again
    """
    if not file.is_file() and digest is None:
        raise ConfigurationError(
            f"{file}: not found, and the {owner} names none; a run of `radharmony run` has it, an extraction has not"
        )
    if not file.is_file():
        raise ConfigurationError(f"{file}: not found, but it belongs to the {owner}; {advice}")
    if digest is None or digest_of_file(file) != digest:
        why = "is not named there" if digest is None else "was changed or replaced since"
        raise ConfigurationError(f"{file}: does not belong to the {owner}: it {why}; {advice}")


def unfinished(path: Path) -> str:
    """Say why a folder holds no finished run."""
    if not path.is_dir():
        return f"{path}: no such folder; give the folder that `radharmony run` wrote to"
    if not (path / LOG).is_file():
        return f"{path}: holds no {RUN}; give the folder of a finished run"
    return (
        f"{path} holds no {RUN}: its run has not come to its end, so that its files may be of different runs; "
        "wait until it has, or run the same command again"
    )
