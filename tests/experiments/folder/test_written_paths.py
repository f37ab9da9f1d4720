"""Law: no two things that a run or a command writes share a file on any file system, whatever people call them."""

import base64
import itertools
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import experiments
from evaluation.extraction import ExtractionSettings
from experiments.folder.file_names import folded
from experiments.running import carry
from experiments.running.extracting.derivatives import places_of
from experiments.running.intermediates import folder_names
from experiments.running.pairs import write_overlays
from experiments.running.pictures.pictures import _look_up
from experiments.running.pictures.preview import write_preview
from experiments.running.store.finished import Store
from experiments.simulate.study_files import StudyWriter
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy

ALIKE = ("S 1", "S_1", "S-1", "s_1", "sub-S1", "S1", "con", "CON", "caf\u00e9", "cafe\u0301", "..", "a/b", "a\\b")
CONDITIONS = ("A+B", "A B", "a+b")
KEYS = list(itertools.product(ALIKE, ("T2", "t2", "S_1"), CONDITIONS))
CELLS = list(dict.fromkeys(key[:2] for key in KEYS))
SCANS = [Scan(*key, {}, Path("absent.nii"), {}, {}, line) for line, key in enumerate(KEYS, start=2)]
STRATEGIES = [Strategy.parse(name, {}, ExtractionSettings(), "study.yaml", Path()) for name in ("raw", "n4")]


def pictures(folder):
    """A file a strategy, subject and sequence; keys begin with a digest of what is drawn and of whom."""
    of_cell = [[scan for scan in SCANS if scan.key[:2] == cell] for cell in CELLS]
    asked = (STRATEGIES, ["liver"], 100, folder, {}, Store(folder))
    return [todo.file for scans in of_cell for todo in _look_up(scans, *asked)[1]]


def previews(folder):
    study = SimpleNamespace(name="a study", scans=SCANS, scanned=CONDITIONS, rois=("liver",))
    drawn = []
    executor = SimpleNamespace(map=lambda _, tasks, *__: drawn.extend(str(task[-1]) for task in tasks) or [])
    write_preview(study, folder, executor=executor)
    return drawn


def derivatives(_):
    places, _ = places_of(SCANS, ("liver", "LIVER", "li ver"), Path("out"))
    return [
        str(path)
        for place in places
        for path in (place.image("raw"), *(place.mask("raw", roi) for roi in ("liver", "LIVER", "li ver")))
    ]


def overlays(folder):
    rows = [dict(zip(("subject", "sequence", "condition", "rois"), (*key, "liver"), strict=True)) for key in KEYS]
    return write_overlays([base64.b64encode(b"x").decode()] * len(rows), rows, folder)


def simulated(folder):
    return list(StudyWriter(folder, {}, CELLS).names.values())


WRITERS = {
    "pictures": (pictures, len(CELLS) * len(STRATEGIES)),
    "pictures of ROIs": (previews, len(CELLS)),
    "intermediates": (lambda _: folder_names(SCANS), len(KEYS)),
    "derivatives": (derivatives, 4 * len(KEYS)),
    "overlays": (overlays, len(KEYS)),
    "transforms": (lambda _: list(carry.file_names(SCANS)), len(KEYS)),
    "simulated scans": (simulated, len(CELLS)),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_gives_each_a_file_of_its_own(name, tmp_path):
    """Of subjects "S1" and "sub-S1" one overwrote the other's derivatives."""
    write, number = WRITERS[name]
    paths = write(tmp_path)
    assert len(paths) == number
    assert len({folded(path) for path in paths}) == number


def test_names_of_files_are_made_unique_by_whoever_writes_them():
    """A name made safe may be that of another: only pictures, whose names hold a digest, are made without asking."""
    root = Path(experiments.__file__).parent
    users = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(r"\bsafe_name\b", path.read_text(encoding="utf-8"))
    }
    pictures = {f"running/pictures/{name}.py" for name in ("perturbed", "pictures", "roi_pictures")}
    assert users == {"folder/file_names.py", *pictures}
