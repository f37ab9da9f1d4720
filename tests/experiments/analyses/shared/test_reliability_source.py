import json
from pathlib import Path

import pytest

from experiments.analyses.shared.reliability_source import read_source, source_file, write_source
from experiments.analyses.shared.table_files import describe_file
from harmonize.digest import digest_of_file, sealed
from harmonize.errors import ConfigurationError


def test_each_strategy_has_the_digest_of_its_table(tmp_path: Path) -> None:
    tables = {}
    for name in ("one", "two"):
        tables[name] = tmp_path / f"{name}.csv"
        tables[name].write_text(name)
    write_source(tmp_path / "reliability.parquet", {name: describe_file(path) for name, path in tables.items()})
    for name, path in tables.items():
        assert read_source(tmp_path / "reliability.csv", name) == digest_of_file(path)  # both tables share the file
    assert read_source(tmp_path / "reliability.csv", "three") is None
    assert read_source(tmp_path / "other.csv", "one") is None
    assert str(tmp_path) not in source_file(tmp_path / "reliability.csv").read_text(encoding="utf-8")


def test_a_table_that_was_changed_since_is_refused(tmp_path: Path, golden) -> None:
    (tmp_path / "features.csv").write_text("one")
    table = tmp_path / "r.csv"
    table.write_text("icc,0.9")
    write_source(table, {"one": describe_file(tmp_path / "features.csv")})
    assert read_source(table, "one")
    table.write_text("icc,0.8")
    with golden.error(ConfigurationError):
        read_source(table, "one")


@pytest.mark.parametrize("content", [{}, [], {"schema": "x", "tables": {}}, {"schema": "radharmony.source/1"}])
def test_a_damaged_file_is_named(tmp_path: Path, content: object, golden) -> None:
    (tmp_path / "r.source.json").write_text(json.dumps(sealed(content) if isinstance(content, dict) else content))
    with golden.error(ConfigurationError):
        read_source(tmp_path / "r.csv", "one")
