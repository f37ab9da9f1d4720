"""Tables as spreadsheets and people write them."""

from pathlib import Path

import pytest

from experiments.study.csv_file import read_rows
from harmonize.errors import ConfigurationError


def written(folder: Path, content: str | bytes, name: str = "images.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


EXPECTED = [(2, {"subject": "007", "image": "a b.nii"}), (3, {"subject": "NA", "image": "ü.nii"})]


@pytest.mark.parametrize(
    "content",
    [
        "subject,image\n007,a b.nii\nNA,ü.nii\n",
        "subject,image\r\n007,a b.nii\r\nNA,ü.nii\r\n",
        "subject,image\r007,a b.nii\rNA,ü.nii",
        "subject;image\n007;a b.nii\nNA;ü.nii\n",
        "\ufeffsubject;image\r\n007;a b.nii\r\nNA;ü.nii\r\n",
        ' subject , image \n"007" , a b.nii \n NA,"ü.nii"\n',
        "subject,image\n007,a b.nii\nNA,ü.nii\n\n\n",
        "subject,image,\n007,a b.nii,\nNA,ü.nii,\n",
    ],
    ids=["plain", "windows", "old mac", "semicolon", "excel", "spaces and quotes", "blank lines", "trailing comma"],
)
def test_the_same_table_however_it_was_saved(tmp_path: Path, content: str) -> None:
    assert read_rows(written(tmp_path, content)) == EXPECTED


def test_texts_stay_texts_and_lines_count_blank_ones(tmp_path: Path) -> None:
    path = written(tmp_path, 'subject,note\n\n1e5,"a, b; ""c"""\n')
    assert read_rows(path) == [(3, {"subject": "1e5", "note": 'a, b; "c"'})]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n\n",
        "subject,image\n",
        "subject,image\na,b,c\n",
        "subject,image\na,b\n\na\n",
        "subject,image,subject\na,b,c\n",
        "subject,,image\na,b,c\n",
        "subject,image\na,b\x00c\n",
        pytest.param(f"subject,image\na,{'x' * 200_000}\n", id="a long cell"),
        b"subject,image\nM\xfcller,b\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: str | bytes, golden) -> None:
    with golden.error(ConfigurationError):
        read_rows(written(tmp_path, content))


def test_absent_file_and_folder(tmp_path: Path, golden) -> None:
    with golden.error(ConfigurationError):
        read_rows(tmp_path / "absent.csv")
    with golden.error(ConfigurationError):
        read_rows(tmp_path)
