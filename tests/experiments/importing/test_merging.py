"""Tables that are there: rows stay, new ones are added, tables of other images are refused."""

import pandas as pd

from experiments.importing.merging import merged, refuse_elsewhere, rows_there
from harmonize.errors import ConfigurationError

EXAMPLE = "subject,image\nS01,a.nii\n"


def test_example_rows_and_bare_headers_are_nothing(tmp_path):
    path = tmp_path / "images.csv"
    assert rows_there(path, EXAMPLE) is None
    for text in (EXAMPLE, "subject,image\n"):
        path.write_text(text, encoding="utf-8")
        assert rows_there(path, EXAMPLE) is None
    path.write_text("subject,image\nS02,a.nii\n", encoding="utf-8")
    assert rows_there(path, EXAMPLE).to_numpy().tolist() == [["S02", "a.nii"]]


def test_rows_stay_and_new_ones_follow():
    old = pd.DataFrame({"image": ["a", "b"], "age": ["7", "8"]})
    new = pd.DataFrame({"image": ["b", "c"], "mask": ["m", "n"]})
    table, known = merged(old, new, "image")
    assert table.to_numpy().tolist() == [["a", "7", ""], ["b", "8", ""], ["c", "", "n"]]
    assert known == 1


def test_a_table_of_images_elsewhere_is_refused(tmp_path, golden):
    (tmp_path / "a").touch()
    refuse_elsewhere(pd.DataFrame({"image": ["a"]}), tmp_path / "images.csv", tmp_path)
    with golden.error(ConfigurationError):
        refuse_elsewhere(pd.DataFrame({"image": ["a", "b"]}), tmp_path / "images.csv", tmp_path)
    with golden.error(ConfigurationError):
        refuse_elsewhere(pd.DataFrame({"x": ["a"]}), tmp_path / "images.csv", tmp_path)
