"""The folder of a run as one piece: run.json names every file of the run with its SHA-256, and covers itself."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

import pandas as pd

from evaluation.tables import of_segmentation, unperturbed
from experiments.folder import shown
from experiments.folder.added import Added
from experiments.folder.files import (
    AUDIT,
    FAILURES,
    FEATURES,
    FILES,
    LOG,
    QUALITY,
    RELIABILITY,
    REPORT,
    RUN,
    STRATEGIES,
    SUMMARY,
    WHITELISTS,
)
from experiments.folder.kinds import File, PlaceInRun, Record, RunTable
from experiments.folder.refused import check_file, unfinished
from experiments.folder.writing import digests_within, is_inner
from harmonize.digest import sealed, unsealed
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown, suggest
from harmonize.inputs.paths import as_path
from selection.whitelist import Whitelist

T = TypeVar("T")

DIGESTS = "files"
"""The key of run.json with the SHA-256 of every file."""

OF_RUNS = frozenset(file for file in FILES if isinstance(file, RunTable) and file.sealed)
"""Tables that runs alone write."""


class RunFolder:
    """The folder of a run: each of its files is checked and read when it is first asked for.

    A run takes run.json away before it writes anything, and writes it last: where it stands, the run is finished, and
    every file that it names is the one of this run.

    Parameters
    ----------
    folder : str or Path
        Where it is.
    record : mapping, optional
        The content of run.json, with the SHA-256 of the files of the run under `files`; none of a run that goes on.

    Examples
    --------
    >>> run = RunFolder.open("results")  # doctest: +SKIP
    >>> run.strategies[["strategy", "robust_share"]]  # doctest: +SKIP
    >>> run.whitelists["zscore"].everywhere  # doctest: +SKIP
    """

    def __init__(self, folder: str | Path, record: Mapping[str, Any] | None = None) -> None:
        self.folder = as_path(folder, "folder of a run")
        self.record = record or {DIGESTS: {}}
        self._known: dict[str, Any] = {}

    @classmethod
    def of(cls, run: "RunFolder | str | Path") -> "RunFolder":
        """Take a run, or open that of a folder."""
        return run if isinstance(run, RunFolder) else cls.open(run)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open the folder of a finished run.

        Raises
        ------
        ConfigurationError
            If the run is not finished, or run.json was changed.
        """
        folder = as_path(folder, "folder of a run")
        file = folder / RUN
        if not file.is_file():
            raise ConfigurationError(unfinished(folder))
        record = RUN.checked(unsealed(RUN.content(file), str(file), RUN.advice), file)
        if not all(is_inner(name) and isinstance(digest, str) for name, digest in record[DIGESTS].items()):
            raise ConfigurationError(f"{file}: '{DIGESTS}' must hold the SHA-256 of each file of the run; {RUN.advice}")
        names = [one.get("name") for one in record["strategies"] if isinstance(one, dict)]
        if not names or len(names) < len(record["strategies"]) or not all(isinstance(name, str) for name in names):
            raise ConfigurationError(f"{file}: 'strategies' must list at least one, each with its name")
        return cls(folder, record)

    @staticmethod
    def stands_in(folder: Path) -> bool:
        """Tell whether a folder is that of a run, finished or not."""
        return (folder / RUN).is_file() or (folder / LOG).is_file()

    @classmethod
    def begin(cls, folder: Path) -> Self:
        """Begin a run: take away what says that the former one of the folder is finished, and its report."""
        for name in (RUN, REPORT):
            (folder / name).unlink(missing_ok=True)
        return cls(folder)

    def path(self, file: str) -> Path:
        """Give where a file or folder of the run is, or would be."""
        return self.folder / file

    def write(self, file: "File[T]", value: T) -> None:
        """Write a file, and keep what it holds: nobody reads it again."""
        file.write(self.folder, value)
        self.keep(file, value)

    def renew(self, file: "File[T]", value: T | None) -> None:
        """Write a file, or take away a former one where there is none now."""
        if value is None:
            self._known.pop(file, None)
            self.path(file).unlink(missing_ok=True)
        else:
            self.write(file, value)

    def keep(self, file: "File[T]", value: T) -> None:
        """Keep what a file of a run that goes on holds."""
        self._known[file] = file.plain(value) if isinstance(file, RunTable) and file.endswith(".csv") else value

    def finish(self, record: Mapping[str, Any], files: Iterable[Path]) -> Self:
        """Take up what run.json will say, and the files that the run has written; run.json is not written yet."""
        self.record = {**record, DIGESTS: digests_within(self.folder, files)}
        return self

    def seal(self) -> None:
        """Write run.json, by which the run is finished."""
        RUN.write(self.folder, sealed(self.record))

    @property
    def files(self) -> Mapping[str, str]:
        """The SHA-256 of the files of the run, by their names in the folder."""
        files: Mapping[str, str] = self.record[DIGESTS]
        return files

    def __contains__(self, file: str) -> bool:
        """Tell whether the run has left a file."""
        return file in self.files

    def __getitem__(self, file: "File[T]") -> T:
        """Give what a file of the run holds; one that run.json does not name is checked by whoever wrote it.

        Raises
        ------
        ConfigurationError
            If it is missing, was changed, or is not as it is described.
        """
        if file not in self._known:
            if file.sealed:
                self.check([file])
            self._known[file] = file.read(self.folder)
        found: T = self._known[file]
        return found

    def get(self, file: "File[T]") -> T | None:
        """Give what a file of the run holds; None if the run has left none."""
        return self[file] if file in self._known or file in self else None

    def standing(self, file: "File[T]") -> T | None:
        """Give what stands in a file, whichever run has left it there; None where it is absent or damaged."""
        try:
            return file.read(self.folder)
        except (ConfigurationError, OSError):
            return None

    def added(self, place: PlaceInRun, record: Record | None = None) -> Added:
        """Give what an analysis has added to the run in a folder of its own."""
        return Added(self.folder / place, record)

    def within(self, place: str) -> list[Path]:
        """Give the files of the run in a folder below its own."""
        return [self.folder / name for name in self.files if name.startswith(f"{place}/")]

    def there(self, place: PlaceInRun, ending: str) -> list[Path]:
        """Give what stands in a folder below its own, whoever has left it there, by how the names end."""
        return sorted(self.path(place).glob(f"*{ending}"))

    @property
    def names(self) -> list[str]:
        """The strategies, in the order of the study."""
        return [strategy["name"] for strategy in self.record["strategies"]]

    def require(self, names: Iterable[str]) -> None:
        """Refuse names of strategies that the run does not have.

        Raises
        ------
        ConfigurationError
            With the nearest name.
        """
        refuse_unknown(names, self.names, f"{self.folder}", "no strategy")

    @property
    def features(self) -> pd.DataFrame:
        """The feature table: a row for each strategy, subject, sequence, condition and ROI.

        Of several segmentations it has the one by which conditions are compared, and of perturbed scans those that are
        conditions; the file has all.
        """
        return unperturbed(of_segmentation(self[FEATURES], self.record.get("segmentation", "")))

    @property
    def reliability(self) -> pd.DataFrame:
        """The reliability table: a row for each strategy, sequence, ROI, feature, condition and statistic."""
        return self[RELIABILITY]

    @property
    def summary(self) -> pd.DataFrame:
        """Medians and shares beyond thresholds, by strategy and statistic."""
        return self[SUMMARY]

    @property
    def thresholds(self) -> dict[str, float]:
        """By statistic, the threshold beyond which `summary` and `strategies` count shares."""
        return dict(zip(self.summary["statistic"], self.summary["threshold"], strict=True))

    @property
    def strategies(self) -> pd.DataFrame:
        """The headline figures of the strategies, one row each, in the order of the study."""
        return self[STRATEGIES]

    @property
    def failures(self) -> pd.DataFrame:
        """What could not be done, one row each: where, what happened, and what to do."""
        return self[FAILURES]

    @property
    def quality(self) -> pd.DataFrame:
        """Image quality: a row for each scan, ROI or two of them, and measure."""
        return self[QUALITY]

    @property
    def audit(self) -> dict[str, Any]:
        """What `radharmony check` said of the study."""
        return self[AUDIT]

    @cached_property
    def whitelists(self) -> Mapping[str, Whitelist]:
        """The robust features by strategy, in the order of the study; a strategy without features has none."""
        paths = self.within(WHITELISTS)
        self.check(f"{WHITELISTS}/{path.name}" for path in paths)
        found = {whitelist.strategy: whitelist for whitelist in map(Whitelist.read, paths)}
        return _ByStrategy({name: found[name] for name in self.names if name in found})

    @property
    def report(self) -> Path:
        """Where the report is."""
        return self.folder / REPORT

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
            place = next((file for file in FILES if name.startswith(f"{file}/")), None)
            if place is not None and place.may_go and not (self.folder / name).exists():
                continue
            check_file(self.folder / name, self.files.get(name), f"run of {RUN} beside it", RUN.advice)

    def check_still(self) -> None:
        """Refuse what was read while another run began to write into the folder."""
        if RunFolder.open(self.folder).record != self.record:
            raise ConfigurationError(f"{self.folder}: another run has written into it meanwhile; read it again")

    def __repr__(self) -> str:
        """Show the headline shares, and where the report is."""
        if self.get(STRATEGIES) is None:
            return f"{type(self).__name__}({str(self.folder)!r})"
        return shown.as_text(self.record, self.strategies, self.thresholds, self.report)

    def _repr_html_(self) -> str:
        """Show them in a notebook."""
        if self.get(STRATEGIES) is None:
            return str(self.folder)
        return shown.as_html(self.record, self.strategies, self.thresholds, self.report)


class _ByStrategy(dict[str, Whitelist]):
    """Whitelists by strategy: a name that has none is told with the nearest that has."""

    def __missing__(self, name: object) -> Whitelist:
        raise KeyError(f"there is no whitelist of a strategy {name!r}; {suggest(name, self)}")
