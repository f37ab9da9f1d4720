"""What is compared of a finished run, from its folder or from MLflow."""

import re
import sqlite3
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.reading.parquet import read_parquet
from evaluation.tables import check_feature_table, check_reliability_table
from experiments.folder.files import FEATURES, LOG, RELIABILITY, RUN, STRATEGIES, WHITELISTS
from experiments.folder.run_folder import RunFolder
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from selection.whitelist import Whitelist

NEEDED = (RUN, FEATURES, RELIABILITY, STRATEGIES)
RECORD_KEYS = ("reference", "subjects", "rois", "strategies", "rule", "settings_digest", "data_digest", "versions")
RUN_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class FinishedRun:
    """The record, tables and whitelists of a run.

    Parameters
    ----------
    label : str
        What the user called it: a folder or an MLflow id.
    record : mapping
        The content of run.json.
    features, reliability, strategies : DataFrame
        The tables of these names.
    whitelists : mapping of str to Whitelist
        By strategy.
    """

    label: str
    record: Mapping[str, Any]
    features: pd.DataFrame
    reliability: pd.DataFrame
    strategies: pd.DataFrame
    whitelists: Mapping[str, Whitelist]

    @classmethod
    def read(cls, folder: Path, label: str = "") -> "FinishedRun":
        """Read the folder of a finished run.

        Raises
        ------
        ConfigurationError
            If a file is missing or is not what its name says.
        """
        label = label or str(folder)
        if (folder / LOG).is_file():
            RunFolder.open(folder)  # says more of a run that is not finished
        missing = [name for name in NEEDED if not (folder / name).is_file()]
        if missing:
            raise ConfigurationError(
                f"{label}: {', '.join(missing)} missing; expected the folder of a finished run or the id of its "
                "MLflow run (the parent of those of the strategies)"
            )
        run = RunFolder.open(folder)
        record, whitelists = run.record, run.within(WHITELISTS)
        run.check([*NEEDED[1:], *(f"{WHITELISTS}/{path.name}" for path in whitelists)])
        try:
            features = read_parquet(folder / FEATURES)
            reliability = read_parquet(folder / RELIABILITY)
            strategies = pd.read_csv(
                folder / STRATEGIES, dtype={"strategy": str}, keep_default_na=False, na_values=[""]
            )
        except (OSError, ValueError) as error:  # pyarrow's errors are both
            raise ConfigurationError(f"{label}: cannot be read: {error}; run the study again") from error
        absent = [key for key in RECORD_KEYS if key not in record]
        if absent or "strategy" not in strategies.columns:
            raise ConfigurationError(f"{label}: {RUN} or {STRATEGIES} is not that of a run")
        lists = [Whitelist.read(path) for path in whitelists]
        run.check_still()
        return cls(
            label,
            record,
            check_feature_table(features),
            check_reliability_table(reliability),
            strategies,
            {whitelist.strategy: whitelist for whitelist in lists},
        )

    @property
    def names(self) -> list[str]:
        """The strategies."""
        return [strategy["name"] for strategy in self.record["strategies"]]

    def require(self, names: Collection[str]) -> None:
        """Refuse names of strategies that it does not have.

        Raises
        ------
        ConfigurationError
            With the nearest name.
        """
        for name in names:
            if name not in self.names:
                raise ConfigurationError(f"{self.label}: no strategy '{name}'; {suggest(name, self.names)}")

    def without(self, names: Collection[str]) -> "FinishedRun":
        """Give the run without some strategies."""
        if not names:
            return self
        return replace(
            self,
            record={
                **self.record,
                "strategies": [one for one in self.record["strategies"] if one["name"] not in names],
            },
            features=self.features[~self.features["strategy"].isin(names)].reset_index(drop=True),
            reliability=self.reliability[~self.reliability["strategy"].isin(names)].reset_index(drop=True),
            strategies=self.strategies[~self.strategies["strategy"].isin(names)].reset_index(drop=True),
            whitelists={name: whitelist for name, whitelist in self.whitelists.items() if name not in names},
        )

    def renamed(self, names: Mapping[str, str]) -> "FinishedRun":
        """Give the run with other names for strategies; no two may become the same."""
        strategies = [{**entry, "name": names.get(entry["name"], entry["name"])} for entry in self.record["strategies"]]
        return replace(
            self,
            record={**self.record, "strategies": strategies},
            features=self.features.assign(strategy=self.features["strategy"].replace(names)),
            reliability=self.reliability.assign(strategy=self.reliability["strategy"].replace(names)),
            strategies=self.strategies.assign(strategy=self.strategies["strategy"].replace(names)),
            whitelists={names.get(name, name): whitelist for name, whitelist in self.whitelists.items()},
        )


@contextmanager
def opened(run: str, tracking_uri: str | None = None) -> Iterator[FinishedRun]:
    """Read a run by the name of its folder, or by its MLflow id.

    Raises
    ------
    ConfigurationError
        If it is neither, or MLflow's SQLite file does not exist.
    TrackingError
        If MLflow cannot be used.
    """
    folder = Path(run)
    if folder.is_dir():
        yield FinishedRun.read(folder)
        return
    if not RUN_ID.fullmatch(run):
        raise ConfigurationError(f"{run}: there is no such folder, and an MLflow id has 32 digits from 0 to f")
    if not tracking_uri:
        raise ConfigurationError(f"{run}: --tracking-uri is missing; it says where MLflow keeps this run")
    from experiments.tracking.address import check_uri
    from experiments.tracking.store import TrackingStore

    with tempfile.TemporaryDirectory(prefix="radharmony-") as temporary:
        TrackingStore(_present(check_uri(tracking_uri))).download(run, [*NEEDED, WHITELISTS], Path(temporary))
        yield FinishedRun.read(Path(temporary), run)


def _present(uri: str) -> str:
    """Refuse an SQLite file without MLflow's tables, which MLflow would make: comparing writes nothing."""
    from experiments.tracking.address import sqlite_file

    path = sqlite_file(uri)
    if path is None:
        return uri
    if not path.is_file():
        raise ConfigurationError(f"--tracking-uri: {path}: there is no such file; expected the one that `run` wrote")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'runs'").fetchone()
    except sqlite3.Error as error:
        raise ConfigurationError(f"--tracking-uri: {path}: cannot be read as an SQLite file: {error}") from error
    if found is None:
        raise ConfigurationError(f"--tracking-uri: {path}: has no runs of MLflow; expected the file that `run` wrote")
    return uri
