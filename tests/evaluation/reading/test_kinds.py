import bz2
import gzip
import json
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.reading.table_file import TableFile
from harmonize.errors import ConfigurationError

FRAME = pd.DataFrame({"id": ["a", "b"], "x": [1.5, 2.5]})


def zipped(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")


def database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (a)")
    connection.close()


WRITERS = {
    "Feather": lambda path: FRAME.to_feather(path),
    "ORC": lambda path: FRAME.to_orc(path),
    "Stata": lambda path: FRAME.to_stata(path),
    "pickle": lambda path: FRAME.to_pickle(path),
    "an Excel workbook": lambda path: zipped(path, "[Content_Types].xml", "xl/x.xml"),
    "OpenDocument": lambda path: zipped(path, "mimetype", "content.xml"),
    "ZIP archive with features.csv": lambda path: zipped(path, "features.csv"),
    "NumPy arrays": lambda path: np.savez(path.open("wb"), x=np.ones(2)),
    "NumPy array": lambda path: np.save(path.open("wb"), np.ones(2)),
    "old Excel": lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "UTF-16": lambda path: path.write_bytes("id,x\na,1\n".encode("utf-16")),
    "JSON": lambda path: path.write_text(json.dumps(FRAME.to_dict("records"))),
    "web page": lambda path: path.write_text("<!DOCTYPE html>\n<html><table></table></html>"),
    "SQLite": database,
    "bzip2": lambda path: path.write_bytes(bz2.compress(b"id,x\na,1\n")),
    "packed with gzip and holds no text": lambda path: path.write_bytes(gzip.compress(bytes(200))),
    "no text": lambda path: path.write_bytes(b"id,x\na," + bytes(9)),
}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_file_is_named_as_what_it_is(kind: str, tmp_path: Path) -> None:
    # Whatever the name says: these were "not a UTF-8 text; save it as UTF-8".
    path = tmp_path / "features.csv"
    WRITERS[kind](path)
    with pytest.raises(ConfigurationError) as caught:
        TableFile.open(path)
    text = str(caught.value)
    assert kind in text
    assert "\n" not in text
    assert "expected CSV or Parquet; " in text


@pytest.mark.parametrize("name", ["t.parquet", "t.csv.gz"])
def test_a_name_that_the_content_belies_is_told(name: str, tmp_path: Path, golden) -> None:
    (tmp_path / name).write_text("id,x\na,1\n")
    with golden.error(ConfigurationError):
        TableFile.open(tmp_path / name)


@pytest.mark.parametrize("header", ["ORC_volume,x", "RDA,x", "BZh,x", "[id],x", "{id},x", "PKT,x"])
def test_names_of_columns_are_no_signs_of_a_kind(header: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"{header}\n1,2\n")
    assert TableFile.open(tmp_path / "t.csv").header == tuple(header.split(","))
