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
    "content",
    [
        "a: 1\nb: 2\na: 3\n",
        "outer:\n  a: 1\n  a: 2\n",
        "a: &x [1]\nb: *x\n",
        "a: &x {b: 1}\nc:\n  <<: *x\n",
        "a: &x\n  b: *x\n",
        "a: [1, 2\nb: 3\n",
        "a: b: c\n",
        "\ta: 1\n",
        "a: 1\n---\nb: 2\n",
        "a: !!python/object/apply:os.system ['true']\n",
        "a: !!bool maybe\n",
        "a: !!timestamp noon\n",
        "a: 2024-13-45\n",
        "? [a, b]\n: 1\n",
        "{a: 1}: 2\n",
        "a: \x07\n",
        "",
        "# only a comment\n",
        "- a\n- b\n",
        "just words\n",
        "a: " + "[" * 20_000,
        b"a: \xff\xfe\n",
        b"PK\x03\x04\x00\x00",
    ],
)
def test_what_is_no_study_file_is_refused(tmp_path: Path, content: str | bytes, golden) -> None:
    with golden.error(ConfigurationError) as caught:
        read_yaml(written(tmp_path, content))
    assert "study.yaml" in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_bomb_of_aliases_is_refused_before_it_unfolds(tmp_path: Path, golden) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    with golden.error(ConfigurationError):
        read_yaml(written(tmp_path, "\n".join(lines)))


def test_absent_file_folder_and_size(tmp_path: Path, golden) -> None:
    with golden.error(ConfigurationError):
        read_yaml(tmp_path / "absent.yaml")
    with golden.error(ConfigurationError):
        read_yaml(tmp_path)
    with golden.error(ConfigurationError):
        read_yaml(written(tmp_path, b"#" * (MAX_BYTES + 1)))
