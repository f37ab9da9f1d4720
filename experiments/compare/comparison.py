"""Everything that differs between two finished runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaluation.tables import FEATURE_KEYS, RELIABILITY_KEYS, SEGMENTATION
from experiments.compare.settings import Difference, differences, setting_differences
from experiments.compare.shares import compare_shares
from experiments.compare.tables import MISSING, NUMBER, TEXT, TableComparison, Tolerance, compare_tables
from experiments.compare.whitelists import compare_whitelists
from experiments.folder.files import FEATURES, RELIABILITY, STRATEGIES
from experiments.folder.kinds import RunTable
from experiments.folder.run_folder import RunFolder
from harmonize.inputs.documents import as_json

WORST = 10
"""Differences of a table that are shown one by one."""

SHARES = 1.0
"""The unit of the statistics of reliability and of strategies, most of which are shares or at most 1."""

SCAN = ("subject", "sequence", "condition")
"""What names a scan."""

CSV_COLUMNS = (
    *("kind", "table", "strategy", "subject", "sequence", "roi", "feature", "condition", "statistic"),
    *("column", "a", "b", "size"),
)


@dataclass(frozen=True)
class RunComparison:
    """What differs between two runs, called a and b.

    Parameters
    ----------
    a, b : str
        What they are called.
    settings : list of (str, value, value)
        Differences of study, rule and strategies.
    versions : list of (str, str, str)
        Differing versions of the software.
    data : (str, str)
        Digests of images and masks.
    scans : (tuple of str, tuple of str)
        Subject, sequence and condition of scans with features in a or in b alone.
    tables : tuple of TableComparison
        Features, reliability, strategies.
    whitelists : DataFrame
        From `compare_whitelists`.
    pairs : mapping of str to str
        Strategies of a that were compared with others of b.
    left_out : (tuple of str, tuple of str)
        Strategies of a and of b that were not compared, as their namesake stands in a pair.
    shares : DataFrame
        From `compare_shares`.
    """

    a: str
    b: str
    settings: list[Difference]
    versions: list[Difference]
    data: tuple[str, str]
    scans: tuple[tuple[str, ...], tuple[str, ...]]
    tables: tuple[TableComparison, ...]
    whitelists: pd.DataFrame
    pairs: Mapping[str, str]
    left_out: tuple[tuple[str, ...], tuple[str, ...]]
    shares: pd.DataFrame

    @property
    def same(self) -> bool:
        """Whether settings, data, numbers and whitelists are the same; versions may differ."""
        return not self.settings and self.same_data and all(table.same for table in self.tables) and self.same_lists

    @property
    def nothing_shared(self) -> bool:
        """Whether no row of features and reliability is of both runs, so that there was no number to compare."""
        return not any(table.rows for table in self.tables if table.name != "strategies")

    @property
    def same_rule(self) -> bool:
        """Whether robust means the same in both."""
        return not any(where.partition(".")[0] == "rule" for where, _, _ in self.settings)

    @property
    def same_data(self) -> bool:
        """Whether images and masks are the same."""
        return self.data[0] == self.data[1]

    @property
    def same_lists(self) -> bool:
        """Whether the whitelists of strategies that both have are the same."""
        return bool((self.whitelists["jaccard"] == 1).all())

    def to_mapping(self) -> dict[str, Any]:
        """Give all of it but single numbers, of which only the worst, ready for JSON."""
        return {
            "a": self.a,
            "b": self.b,
            "same": self.same,
            "nothing_shared": self.nothing_shared,
            "same_rule": self.same_rule,
            "pairs": dict(self.pairs),
            "left_out": {"a": list(self.left_out[0]), "b": list(self.left_out[1])},
            "settings": [dict(zip(("setting", "a", "b"), one, strict=True)) for one in self.settings],
            "versions": [dict(zip(("name", "a", "b"), one, strict=True)) for one in self.versions],
            "data": {
                **{"same": self.same_data, "a": self.data[0], "b": self.data[1]},
                **{"only_a": list(self.scans[0]), "only_b": list(self.scans[1])},
            },
            "robust_shares": [as_json(row) for row in self.shares.to_dict("records")],
            "tables": {table.name: _table_mapping(table) for table in self.tables},
            "whitelists": [as_json(row) for row in self.whitelists.to_dict("records")],
        }

    def to_table(self) -> pd.DataFrame:
        """Give every difference as a row of one table."""
        parts = [
            pd.DataFrame([{"kind": kind, "column": where, "a": str(a), "b": str(b)} for where, a, b in found])
            for kind, found in (("setting", self.settings), ("version", self.versions))
        ]
        if not self.same_data:
            parts.append(pd.DataFrame([{"kind": "data", "a": self.data[0], "b": self.data[1]}]))
        for table in self.tables:
            parts.append(table.beyond.assign(table=table.name))
            parts.append(table.only_a.assign(kind="only a", table=table.name))
            parts.append(table.only_b.assign(kind="only b", table=table.name))
            for kind, columns in (("only a", table.columns_a), ("only b", table.columns_b)):
                parts.append(pd.DataFrame([{"kind": kind, "table": table.name, "column": name} for name in columns]))
        for kind, column in (("only a", "removed"), ("only b", "added")):
            lists = self.whitelists[["strategy", "sequence", "roi", column]].explode(column).dropna(subset=[column])
            parts.append(lists.rename(columns={column: "feature"}).assign(kind=kind, table="whitelists"))
        filled = [part.astype(object) for part in parts if not part.empty]
        whole = pd.concat(filled) if filled else pd.DataFrame(columns=list(CSV_COLUMNS))
        return whole.reindex(columns=list(CSV_COLUMNS)).reset_index(drop=True)


def compare_runs(
    a: RunFolder,
    b: RunFolder,
    tolerance: Tolerance | None = None,
    pairs: Mapping[str, str] | None = None,
    called: tuple[str, str] | None = None,
) -> RunComparison:
    """Compare two finished runs.

    Parameters
    ----------
    a, b : RunFolder
        The runs; strategies are compared with those of the same name.
    tolerance : Tolerance, optional
        What counts as the same number; by default within 1e-6 of the larger one, or within 1e-9.
    pairs : mapping of str to str
        Strategies of `a` with those of `b` that they are compared with instead. What is left of either run without a
        partner, as that stands in a pair, is left out.
    called : (str, str), optional
        What the runs are called [default: their folders].

    Raises
    ------
    ConfigurationError
        For a pair that does not exist, and a file that is not the one of its run.
    """
    pairs = dict(pairs or {})
    a.require(pairs)
    b.require(pairs.values())
    alone_a = tuple(name for name in a.names if name in pairs.values() and name not in pairs)
    alone_b = tuple(name for name in b.names if name in pairs and name not in pairs.values())
    mine_by_theirs = {theirs: mine for mine, theirs in pairs.items()}
    mine = {name: name for name in a.names if name not in alone_a}
    theirs = {name: mine_by_theirs.get(name, name) for name in b.names if name not in alone_b}
    settings_a, settings_b = _settings(a, mine), _settings(b, theirs)

    def both(file: RunTable) -> tuple[pd.DataFrame, pd.DataFrame]:
        return _of(a[file], mine), _of(b[file], theirs)

    drawn = all(SEGMENTATION in run[FEATURES] for run in (a, b))
    features = both(FEATURES) if drawn else (_of(a.features, mine), _of(b.features, theirs))
    found = RunComparison(
        *(called or (str(a.folder), str(b.folder))),
        setting_differences(settings_a, settings_b),
        differences(a.record["versions"], b.record["versions"]),
        (a.record["data_digest"], b.record["data_digest"]),
        _scans_of_one(a.features, b.features),
        (
            compare_tables("features", *features, (*FEATURE_KEYS, *([SEGMENTATION] if drawn else [])), tolerance),
            compare_tables(
                *("reliability", *both(RELIABILITY), RELIABILITY_KEYS, tolerance),
                texts=("status",),
                unit=SHARES,
                main="estimate",
            ),
            compare_tables("strategies", *both(STRATEGIES), ("strategy",), tolerance, unit=SHARES),
        ),
        compare_whitelists(
            *(
                {new: run.whitelists[old] for old, new in names.items() if old in run.whitelists}
                for run, names in ((a, mine), (b, theirs))
            )
        ),
        pairs,
        (alone_a, alone_b),
        compare_shares(*both(STRATEGIES)),
    )
    a.check_still()
    b.check_still()
    return found


def _settings(run: RunFolder, names: Mapping[str, str]) -> dict[str, Any]:
    """Give what run.json says, with these strategies alone, by the names they are compared under."""
    known = (entry for entry in run.record["strategies"] if entry["name"] in names)
    return {**run.record, "strategies": [{**entry, "name": names[entry["name"]]} for entry in known]}


def _scans_of_one(a: pd.DataFrame, b: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    mine, theirs = (
        dict.fromkeys(" ".join(map(str, key)) for key in table[list(SCAN)].drop_duplicates().itertuples(index=False))
        for table in (a, b)
    )
    return tuple(one for one in mine if one not in theirs), tuple(one for one in theirs if one not in mine)


def _of(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Give the rows of these strategies, by the names they are compared under."""
    if all(names.get(name) == name for name in table["strategy"].unique()):
        return table  # a copy of a large one would be another few hundred MB
    rows = table[table["strategy"].isin(list(names))]
    return rows.assign(strategy=rows["strategy"].map(names)).reset_index(drop=True)


def _table_mapping(table: TableComparison) -> dict[str, Any]:
    return {
        "same": table.same,
        "rows": table.rows,
        "compared": table.compared,
        "beyond": len(table.beyond),
        "kinds": {kind: len(table.of_kind(kind)) for kind in (NUMBER, MISSING, TEXT)},
        "most": {key: {"name": name, "beyond": count} for key, (name, count) in table.most().items()},
        "worst": [as_json(row) for row in table.of_kind(NUMBER).head(WORST).to_dict("records")],
        "first_missing": [as_json(row) for row in table.of_kind(MISSING).head(WORST).to_dict("records")],
        "text_changes": table.changes(),
        "only_a": len(table.only_a),
        "only_b": len(table.only_b),
        "first_only_a": [as_json(row) for row in table.only_a.head(WORST).to_dict("records")],
        "first_only_b": [as_json(row) for row in table.only_b.head(WORST).to_dict("records")],
        "columns_a": list(table.columns_a),
        "columns_b": list(table.columns_b),
    }
