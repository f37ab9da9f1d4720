"""A program of this computer as a step: it is given the scan as a file, and leaves another."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from harmonize.arrays import FloatArray
from harmonize.digest import digest_of, digest_of_file
from harmonize.errors import ConfigurationError, GridError, ScanError
from harmonize.formats.guard import guarded
from harmonize.formats.images import finite, write_image
from harmonize.formats.registry import format_of
from harmonize.image.volume import Volume
from harmonize.inputs.limits import AboveZero, check_limits
from harmonize.remarks import unsaid
from harmonize.steps import keeper

IN, OUT = "{in}", "{out}"
LINES, LETTERS = 5, 500
"""Of what a program printed last, as much as a failure tells."""
LOOK = 1.0
"""Seconds between looks whether a program has ended, in which a limit of the run can stop the wait."""


@dataclass(frozen=True)
class ExternalCommand:
    """Run a program on the scan: without a shell, in a folder of its own that is removed, with a limit of time.

    It is given a NIfTI file of 64-bit floats and must leave one on the same grid, finite everywhere. A study file may
    come from anybody: nothing is run unless whoever starts the run allows it, with ``--allow-commands`` or
    `allow_commands`, and in Python by `allowed`.

    Parameters
    ----------
    run : tuple of str
        The program and its arguments, among them ``{in}`` and ``{out}``, the files. Names of files and folders start
        from `folder`, a program without one is looked for as a terminal does.
    seconds : float
        How long it may take; then it is ended with all that it has started.
    version : str
        Any text; another one computes again what rests on files that `run` does not name.
    program : str
        SHA-256 of the program and of the files that `run` names, as the run fills it in; where it is given, another
        program is refused.
    folder : str
        Where names of files start; by default the folder of the study file.

    Examples
    --------
    >>> ExternalCommand(("denoise", "{in}"))
    Traceback (most recent call last):
    ValueError: run: expected {in} and {out} among the arguments, found ['denoise', '{in}']
    """

    name: ClassVar[str] = "command"
    title: ClassVar[str] = "command {run}"

    run: tuple[str, ...]
    seconds: AboveZero = field(default=600.0, compare=False)
    version: str = ""
    program: str = ""
    folder: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_limits(self)
        if any("\0" in word for word in self.run) or not all(
            any(mark in word for word in self.run[1:]) for mark in (IN, OUT)
        ):
            raise ValueError(f"run: expected {IN} and {OUT} among the arguments, found {list(self.run)}")

    def allowed(self) -> "AllowedCommand":
        """Give the same as a step that runs; raises `ConfigurationError` where the program is missing or another."""
        found = self._digest()
        if self.program not in ("", found):
            raise ConfigurationError(
                f"command: program: is {self.program[:12]}..., but {self._called} with its files is {found[:12]}...; "
                "install the same version, or leave `program` out to take this one"
            )
        return AllowedCommand(**{**vars(self), "program": found})

    def __call__(self, volume: Volume) -> Volume:
        """Refuse to run: see `AllowedCommand`."""
        raise ScanError(f"the command {self._called} is not allowed", "look what it does, and give `allow_commands`")

    @property
    def _called(self) -> str:
        return Path(self.run[0]).name

    def _words(self) -> list[str]:
        """Give program and arguments with whole paths."""
        first, *others = self.run
        place = Path(self.folder)
        separated = "/" in first or (sys.platform == "win32" and "\\" in first)
        found = shutil.which(str(place.absolute() / first) if separated else first)
        if found is None:
            where = f"in {place.absolute()}" if separated else "on the path"
            raise ConfigurationError(
                f"command: run: there is no program '{first}' {where} of this computer; install it, or name its file"
            )
        return [str(Path(found).absolute()), *(_whole(word, place) for word in others)]

    def _digest(self) -> str:
        """Give the digest of the program and of all files that are named."""
        files = [path for word in self._words() if (path := Path(word)).is_absolute() and _is_file(path)]
        return digest_of([_content(path, *_stamp(path)) for path in files])


@dataclass(frozen=True)
class AllowedCommand(ExternalCommand):
    """A command that whoever started the run has allowed; `run` is carried out on each scan."""

    def __call__(self, volume: Volume) -> Volume:
        """Give the image that the program leaves; raises `ScanError` where it fails, is late or leaves none."""
        if self._digest() != self.program:  # on another computer, or changed since
            raise ScanError(
                f"{self._called} is not the program with which the run began",
                "install the same version wherever scans are computed, or start the run again",
            )
        with tempfile.TemporaryDirectory(prefix="radharmony_", ignore_cleanup_errors=True) as folder:
            given, left = Path(folder, "in.nii.gz"), Path(folder, "out.nii.gz")
            write_image(volume.image, volume.grid, given)
            words = [word.replace(IN, str(given)).replace(OUT, str(left)) for word in self._words()]
            ended = _kept(self.seconds, folder, words)
            if ended.get("late"):
                raise self._failed(f"took more than {self.seconds:g} s", "give it more `seconds`", folder)
            if ended.get("code") != 0:
                code = ended.get("error", f"exit code {ended.get('code')}")
                raise self._failed(f"failed ({code})", "try it on this scan in a terminal", folder)
            if not left.exists():
                raise self._failed("left no file as {out}", "see that it writes there", folder)
            return replace(volume, image=self._read(left, volume))

    def _read(self, path: Path, volume: Volume) -> FloatArray:
        try:
            with unsaid(), guarded(path):
                array, grid, _ = format_of(path).read(path)
                image = finite(path, array)
        except ScanError as error:
            problem = error.problem.replace(str(path), "{out}")
            raise ScanError(f"{self._called} left an image that cannot be used: {problem}", error.advice) from error
        if differences := volume.grid.differences(grid):
            raise GridError(
                f"{self._called} left an image on another grid ({'; '.join(differences)})",
                "have it keep the grid, or resample its image onto that of {in}",
            )
        return image

    def _failed(self, what: str, advice: str, folder: str) -> ScanError:
        """Give the error with what the program printed last; of this computer, so that it is tried again."""
        printed = ""
        with suppress(OSError):
            printed = (Path(folder) / keeper.LOG).read_bytes()[-100 * LETTERS :].decode("utf-8", "replace")
        lines = [" ".join(line.replace(folder, "").split()) for line in printed.splitlines() if line.strip()]
        told = " / ".join(lines[-LINES:])[-LETTERS:]
        error = ScanError(f"{self._called} {what}" + (f": {told}" if told else ""), advice)
        error.__cause__ = ChildProcessError(what)
        return error


def _kept(seconds: float, folder: str, words: Sequence[str]) -> dict[str, object]:
    """Run a command by a keeper, which ends it when this process ends."""
    command = [sys.executable, "-I", "-S", keeper.__file__, str(seconds), folder, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  see above
        try:
            while process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK)
            told = process.stdout.read() if process.stdout else b""
        finally:
            if process.stdin:
                process.stdin.close()  # by which the keeper ends
    ended: dict[str, object] = json.loads(told) if told else {"error": "it was ended"}
    return ended


def _whole(word: str, place: Path) -> str:
    """Give a word as a whole path, if it names a file or a folder."""
    path = (place / word).absolute()
    return str(path) if _is_file(path) or (word.strip("./\\") and path.is_dir()) else word


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a word that can be no name
        return False


def _stamp(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


@lru_cache(maxsize=256)
def _content(path: Path, *_stamp: int) -> str:
    return digest_of_file(path)
