"""Study files that people get wrong: each is refused with the file, the place and the reason."""

from pathlib import Path

import pytest

from harmonize.errors import ConfigurationError
from harmonize.inputs.yaml_file import MAX_BYTES, read_yaml


def written(folder: Path, content: str | bytes, name: str = "study.yaml") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_plain_values_come_back(tmp_path: Path) -> None:
    path = written(tmp_path, "name: x\nlist: [1, 2.5, true]\nnested:\n  key: null\n")
    assert read_yaml(path) == {"name": "x", "list": [1, 2.5, True], "nested": {"key": None}}


def test_byte_order_mark_umlauts_and_windows_line_ends(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbfname: M\xc3\xbcller\r\nimages: a b.csv\r\n", "studie für Ä.yaml")
    assert read_yaml(path) == {"name": "Müller", "images": "a b.csv"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: 'a' stands twice"),
        ("outer:\n  a: 1\n  a: 2\n", "line 3: 'a' stands twice"),
        ("a: &x [1]\nb: *x\n", r"line 2: references \(\*name\) are not supported"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "not valid YAML"),
        ("a: &x\n  b: *x\n", r"references \(\*name\) are not supported"),
        ("a: [1, 2\nb: 3\n", "not valid YAML"),
        ("a: b: c\n", "not valid YAML"),
        ("\ta: 1\n", "not valid YAML"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("a: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("a: !!bool maybe\n", "not valid YAML"),
        ("a: !!timestamp noon\n", "not valid YAML"),
        ("a: 2024-13-45\n", "not valid YAML"),
        ("? [a, b]\n: 1\n", "line 1: a key must be a plain text"),
        ("{a: 1}: 2\n", "line 1: a key must be a plain text"),
        ("a: \x07\n", "not valid YAML"),
        ("", "expected a mapping of names to values, found nothing"),
        ("# only a comment\n", "expected a mapping of names to values, found nothing"),
        ("- a\n- b\n", "expected a mapping of names to values, found list"),
        ("just words\n", "expected a mapping of names to values, found str"),
        ("a: " + "[" * 20_000, "not valid YAML"),
        (b"a: \xff\xfe\n", "not a UTF-8 text"),
        (b"PK\x03\x04\x00\x00", "not valid YAML"),
    ],
)
def test_what_is_no_study_file_is_refused(tmp_path: Path, content: str | bytes, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected) as caught:
        read_yaml(written(tmp_path, content))
    assert "study.yaml" in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_bomb_of_aliases_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    with pytest.raises(ConfigurationError, match="line 2: references"):
        read_yaml(written(tmp_path, "\n".join(lines)))


def test_absent_file_folder_and_size(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such file"):
        read_yaml(tmp_path / "absent.yaml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_yaml(tmp_path)
    with pytest.raises(ConfigurationError, match="expected at most"):
        read_yaml(written(tmp_path, b"#" * (MAX_BYTES + 1)))
