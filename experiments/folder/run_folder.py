"""The folder of a run as one piece: run.json names every file of the run with its SHA-256, and covers itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.folder.files import (
    COMPARISON,
    EFFECTS,
    FAILURES,
    FEATURES,
    FITTED,
    HARMONIZATION,
    HARMONIZATION_SUMMARY,
    IBSI,
    LOG,
    PICTURES,
    PROTOCOL,
    REGISTRATIONS,
    RELIABILITY,
    REPORT,
    RUN,
    STRATEGIES,
    SUMMARY,
    TABLES,
    TESTS,
    WHITELISTS,
)
from experiments.folder.writing import is_inner, write_json
from harmonize.digest import digest_of_file, sealed, unsealed
from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import read_json

FILES = "files"
"""The key of run.json with the SHA-256 of every file."""

OF_RUNS = frozenset(
    {
        *(FEATURES, RELIABILITY, SUMMARY, STRATEGIES, FAILURES, IBSI),
        *(EFFECTS, TESTS, HARMONIZATION, HARMONIZATION_SUMMARY, PROTOCOL),
    }
)
PLACES = frozenset({WHITELISTS, FITTED, COMPARISON, TABLES, REGISTRATIONS})
"""What runs alone write, in their folder and in folders below it."""

AGAIN = "run the study again into the folder; what is finished is taken over"


@dataclass(frozen=True)
class RunFolder:
    """The folder of a finished run.

    A run takes run.json away before it writes anything, and writes it last: where it stands, the run is finished, and
    every file that it names is the one of this run.

    Parameters
    ----------
    path : Path
        The folder.
    record : mapping
        The content of run.json, with the SHA-256 of the files of the run under `files`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = Path(place)
    ...     write_text(path / "methods.md", "ICC(A,1)")
    ...     RunFolder.of(path, {"reference": "REF"}, [path / "methods.md"]).write()
    ...     run = RunFolder.open(path)
    ...     write_text(path / "methods.md", "ICC(C,1)")
    ...     run.check()
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: .../methods.md: does not belong to the run of run.json beside it: ...
    """

    path: Path
    record: Mapping[str, Any]

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """Read run.json.

        Raises
        ------
        ConfigurationError
            If the run is not finished, or run.json was changed.
        """
        file = path / RUN
        if not file.is_file():
            raise ConfigurationError(_unfinished(path))
        content = read_json(file)
        if not isinstance(content, dict):
            raise ConfigurationError(f"{file}: expected a JSON object, found {type(content).__name__}; {AGAIN}")
        if FILES not in content:
            raise ConfigurationError(
                f"{file}: does not say which files belong to it, as an earlier version of radharmony wrote it; {AGAIN}"
            )
        record = unsealed(content, str(file))
        files = record[FILES]
        if not isinstance(files, dict) or not all(
            is_inner(name) and isinstance(digest, str) for name, digest in files.items()
        ):
            raise ConfigurationError(f"{file}: '{FILES}' must hold the SHA-256 of each file of the run; {AGAIN}")
        return cls(path, record)

    @classmethod
    def of(cls, path: Path, record: Mapping[str, Any], files: Iterable[Path]) -> "RunFolder":
        """Take up the files that a run has written; run.json is not written yet."""
        names = sorted(file.relative_to(path).as_posix() for file in files if file.is_file())
        return cls(path, {**record, FILES: {name: digest_of_file(path / name) for name in names}})

    def write(self) -> None:
        """Write run.json, by which the run is finished."""
        write_json(self.path / RUN, sealed(self.record))

    @property
    def files(self) -> Mapping[str, str]:
        """The SHA-256 of the files of the run, by their names in the folder."""
        files: Mapping[str, str] = self.record[FILES]
        return files

    def within(self, place: str) -> list[Path]:
        """Give the files of the run in a folder below its own."""
        return [self.path / name for name in self.files if name.startswith(f"{place}/")]

    def check(self, names: Iterable[str] | None = None) -> None:
        """Refuse what is not as the run left it.

        Parameters
        ----------
        names : iterable of str, optional
            Of the files; by default all.

        Raises
        ------
        ConfigurationError
            With the first file that is missing (but for pictures), is not one of the run, or was changed.
        """
        for name in self.files if names is None else names:
            if name.startswith(f"{PICTURES}/") and not (self.path / name).exists():
                continue  # may be deleted, as before the folder is given to others
            check_file(self.path / name, self.files.get(name), f"run of {RUN} beside it", AGAIN)

    def check_still(self) -> None:
        """Refuse what was read while another run began to write into the folder."""
        if RunFolder.open(self.path) != self:
            raise ConfigurationError(f"{self.path}: another run has written into it meanwhile; read it again")


def begin(path: Path) -> None:
    """Take away what says that the run of a folder is finished, and the report of the former one."""
    for name in (RUN, REPORT):
        (path / name).unlink(missing_ok=True)


def check_file(file: Path, digest: str | None, owner: str, advice: str) -> None:
    """Refuse a file that does not have this SHA-256.

    Raises
    ------
    ConfigurationError
        With the owner in whose words it does not belong there, and what to do.
    """
    if not file.is_file():
        raise ConfigurationError(f"{file}: not found, but it belongs to the {owner}; {advice}")
    if digest is None or digest_of_file(file) != digest:
        why = "is not named there" if digest is None else "was changed or replaced since"
        raise ConfigurationError(f"{file}: does not belong to the {owner}: it {why}; {advice}")


def check_belonging(file: Path) -> None:
    """Refuse a file of a run that is not finished, or that was changed; any other file passes.

    Parameters
    ----------
    file : Path
        Whatever a command is given.

    Raises
    ------
    ConfigurationError
    """
    for path in dict.fromkeys((file.absolute(), file.resolve())):  # a link and what it leads to
        _check_in(path.parent, path.name)
        if path.parent.name in PLACES:
            _check_in(path.parent.parent, f"{path.parent.name}/{path.name}")


def _check_in(folder: Path, name: str) -> None:
    if name not in OF_RUNS and "/" not in name:
        return  # whatever else somebody keeps there
    if not (folder / RUN).is_file():
        if (folder / LOG).is_file():
            raise ConfigurationError(f"{folder / name}: {_unfinished(folder)}")
        return
    run = RunFolder.open(folder)
    if name in OF_RUNS or name in run.files:
        run.check([name])


def _unfinished(path: Path) -> str:
    if not path.is_dir():
        return f"{path}: no such folder; give the folder that `radharmony run` wrote to"
    if not (path / LOG).is_file():
        return f"{path}: holds no {RUN}; give the folder of a finished run"
    return (
        f"{path} holds no {RUN}: its run has not come to its end, so that its files may be of different runs; "
        "wait until it has, or run the same command again"
    )
