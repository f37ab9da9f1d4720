"""Study files and tables of images from strangers: read, or refused in words; nothing outside the study is touched."""

import contextlib
import copy
import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.study.manifest import path_within
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.inputs.yaml_file import read_yaml

FUZZ = settings.get_profile("fuzz")

STUDY = {
    "name": "n",
    "images": "images.csv",
    "reference": "REF+STD",
    "factors": ["acquisition", "reconstruction"],
    "rois": {"labels": {"liver": 1, "spleen": 2}},
    "extraction": {"setting": {"binWidth": 5, "force2D": True}, "featureClass": {"glcm": ["Contrast"]}},
    "strategies": {
        "raw": {"description": "d", "steps": []},
        "z": {"steps": ["n4", {"zscore": {"region": "liver"}}], "extraction": {"setting": {"binCount": 8}}},
        "nyul": {"steps": [{"nyul": {"percentiles": [1, 50, 99]}}]},
    },
    "thresholds": {"icc": 0.9, "ccc": 0.9, "cv": 0.1, "qcd": 0.1},
    "pictures": 1,
}
IMAGES = [
    ["subject", "sequence", "acquisition", "reconstruction", "image", "mask", "age"],
    *(["A", "T2", acquisition, "STD", f"A_{acquisition}.nii", "A_mask.nii", "50"] for acquisition in ("REF", "ACC")),
    *(["B", "T2", acquisition, "STD", f"B_{acquisition}.nii", "B_mask.nii", "60"] for acquisition in ("REF", "ACC")),
]
CIRCLES = [
    ["subject", "roi", "x", "y", "z", "diameter"],
    ["A", "fat", "1", "2", "3", "5"],
    ["B", "fat", "1", "2", "3", ""],
]
CELLS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["", "1e999", "nan", "9" * 5000, "../../etc/passwd", "/etc/passwd", "..\\..\\x", "//server/share/x"]
    ),
    st.sampled_from(
        ["C:\\x", "\\\\server\\share\\x", "~root/x", "x" * 5000, "a/" * 3000, "=1+1", "<script>", "\x1b[2J"]
    ),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write(folder / "images.csv", IMAGES)
    write(folder / "circles.csv", CIRCLES)
    return folder


def write(path, rows):
    path.write_text("\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows) + "\n")


def read(path):
    """Read a study, and take all of it down as a run does."""
    study = Study.from_yaml(path)
    assert len(study.settings_digest()) == 64
    for scan in study.scans:
        files = [scan.image, *(source.path for source in scan.masks.values())]
        assert all(file.resolve().is_relative_to(path.parent.resolve()) for file in files)
    return study


@FUZZ
@given(data=st.data())
def test_a_changed_study_file(folder, changed, data):
    document = copy.deepcopy(STUDY)
    if data.draw(st.booleans()):
        document["rois"] = {"circles": {"table": "circles.csv", "diameter": 5, "shape": "circle"}}
    path = folder / "study.yaml"
    text = yaml.safe_dump(changed(data, document), allow_unicode=True).encode("utf-8", "surrogatepass")
    path.write_bytes(text)
    with contextlib.suppress(ConfigurationError):
        read(path)


@FUZZ
@given(data=st.data())
def test_damaged_bytes_of_a_study_file(folder, damaged, data):
    path = folder / "study.yaml"
    path.write_bytes(damaged(data, yaml.safe_dump(STUDY).encode(), most=6))
    with contextlib.suppress(ConfigurationError):
        read(path)


@pytest.mark.parametrize("table", ["images.csv", "circles.csv"])
@FUZZ
@given(data=st.data())
def test_changed_tables(folder, data, table):
    rows = copy.deepcopy(IMAGES if table == "images.csv" else CIRCLES)
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.sampled_from(rows))
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(CELLS)
    try:
        write(folder / table, rows)
    except UnicodeEncodeError:
        return
    rois = {"circles": {"table": "circles.csv", "diameter": 5, "boundary": "mask"}, "labels": {"liver": 1}}
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump({**STUDY, "rois": rois}))
    try:
        read(path)
    except ConfigurationError:
        pass
    finally:
        write(folder / "images.csv", IMAGES)
        write(folder / "circles.csv", CIRCLES)


@pytest.mark.parametrize("table", ["images.csv", "circles.csv"])
@FUZZ
@given(data=st.data())
def test_damaged_bytes_of_tables(folder, damaged, data, table):
    whole = (folder / table).read_bytes()
    (folder / table).write_bytes(damaged(data, whole, most=6))
    path = folder / "study.yaml"
    rois = {"circles": {"table": "circles.csv", "diameter": 5}}
    path.write_text(yaml.safe_dump({**STUDY, "rois": rois, "strategies": {"raw": None}}))
    try:
        read(path)
    except ConfigurationError:
        pass
    finally:
        (folder / table).write_bytes(whole)


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system ['touch /tmp/x']",
        "a: !!python/name:os.system",
        "!!python/object/new:type {}",
        "a: &a [x]\nb: *a",
        "a: 1\na: 2",
        "<<: {a: 1}",
        "[" * 5000 + "]" * 5000,
        "a: " + "{b: " * 5000,
        "- " * 5000,
        "a: 2001-99-99",
        "a: !!timestamp x",
        "? [a]\n: 1",
        "? {a: b}\n: 1",
        "a: \0",
        "a: 0x" + "f" * 5000,
        "a: 0b" + "1" * 100_000,
        "a: 1" + ":59" * 1_000_000,
        "a: 1" + ":59" * 1_000_000 + ".5",
        "a: " + "9" * 5000,
        "%YAML 9.9\n---\na: 1",
        "a: 1\n---\nb: 2",
    ],
    ids=range(21),
)
def test_yaml_that_is_refused(tmp_path, text):
    # 5000 hexadecimal digits gave a number that no message could show; 3 MB of base 60 took hours.
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError):
        read_yaml(path)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.nii",
        "/etc/passwd",
        "..\\secret.nii",
        "\\\\server\\share\\x.nii",
        "//server/share/x.nii",
        "a/../../secret.nii",
        "link.nii",
        "folder/secret.nii",
        "x\0y",
    ],
)
def test_no_way_leads_out_of_the_data_folder(tmp_path, name, golden):
    root = tmp_path / "study"
    root.mkdir()
    (tmp_path / "secret.nii").write_text("")
    (root / "link.nii").symlink_to(tmp_path / "secret.nii")
    (root / "folder").symlink_to(tmp_path)
    with golden.error(ConfigurationError):
        path_within(name, root.resolve(), "images.csv, line 2")


def test_a_network_path_is_not_even_looked_up(tmp_path, monkeypatch, golden):
    # On Windows looking up \\server\share tells the server who asks.
    monkeypatch.setattr("pathlib.Path.resolve", lambda *_: pytest.fail("looked up"))
    with golden.error(ConfigurationError):
        path_within("\\\\server\\share\\x.nii", tmp_path, "images.csv, line 2")


def test_a_device_is_no_study_file(golden):
    with golden.error(ConfigurationError):
        read_yaml(Path("/dev/zero"))


def test_infinity_is_no_number(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("a: .inf")
    assert read_yaml(path) == {"a": math.inf}  # refused where it stands for something
