"""One look at a file: its bytes are read once, whatever is asked of it."""

import builtins
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from harmonize.digest import digest_of_file
from harmonize.errors import ScanError, ScanWarning
from harmonize.formats import MaskSource, read_masks, write_image
from harmonize.formats.images import read_scan
from harmonize.formats.registry import files_of, tells_orientation
from harmonize.image.volume import Grid
from harmonize.inputs.files import one_look, open_file
from harmonize.protocol import read_protocol
from harmonize.remarks import remarks, unsaid


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often Python opens each file."""
    counts: Counter[str] = Counter()
    plain, low = builtins.open, os.open

    def counting(path, *args, **kwargs):
        counts[Path(str(path)).name] += 1
        return plain(path, *args, **kwargs)

    def counting_low(path, *args, **kwargs):
        counts[Path(str(path)).name] += 1
        return low(path, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", counting)
    monkeypatch.setattr(os, "open", counting_low)
    return counts


@pytest.mark.parametrize("ending", [".nii.gz", ".nii", ".nrrd", ".mha"])
def test_a_look_says_what_the_single_questions_say(tmp_path, opened, ending):
    path = tmp_path / f"scan{ending}"
    write_image(np.arange(24, dtype=np.int16).reshape(2, 3, 4), Grid((4, 3, 2), spacing=(1.0, 1.0, 4.0)), path)
    path.with_name("scan.json").write_text('{"EchoTime": 0.1}', encoding="utf-8")
    opened.clear()
    with one_look():
        looked = all_of(path)
    assert opened[path.name] <= 2  # one to see that it is no DICOM, one for all of it
    assert looked[-1].values["echo_time"] == 100.0
    same(looked, all_of(path))


def test_a_dicom_series_is_read_once_a_file(tmp_path, opened, write_slices):
    write_slices(tmp_path, np.arange(60).reshape(3, 4, 5))
    files = sorted(tmp_path.iterdir())
    opened.clear()
    with one_look():
        looked = all_of(tmp_path)
    assert max(opened[file.name] for file in files) <= 4
    same(looked, all_of(tmp_path))


def all_of(path: Path) -> tuple:
    array, grid, outside = read_scan(path)
    digests = [digest_of_file(file) for file in files_of(path)]
    return array, grid, outside, digests, tells_orientation(path), read_protocol(path)


def same(one: tuple, other: tuple) -> None:
    np.testing.assert_array_equal(one[0], other[0])
    assert one[1:] == other[1:]


def test_within_a_look_image_masks_and_digests_share_what_was_read(tmp_path, opened):
    grid, path = Grid((8, 8, 4), spacing=(1.0, 1.0, 4.0)), tmp_path / "mask.nii.gz"
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[1:3, 2:6, 2:6] = 1
    write_image(labels, grid, path)
    opened.clear()
    with one_look():
        first = read_masks({"liver": MaskSource(path)}, grid)[0]["liver"]
        array = read_scan(path)[0]
        digest = digest_of_file(path)
        assert read_scan(path)[0] is array
    assert opened[path.name] <= 2
    assert digest == digest_of_file(path)
    np.testing.assert_array_equal(first, labels == 1)


def test_what_a_reader_tells_is_told_whoever_asked_first(tmp_path, golden):
    """The audit gathers remarks; that another part of the run had read the image before, unsaid, took them away."""
    path = tmp_path / "scan.nii.gz"
    write_image(np.arange(24.0).reshape(2, 3, 4), Grid((4, 3, 2), spacing=(30.0, 30.0, 40.0)), path)
    with one_look():
        with unsaid():
            read_scan(path)
        for _ in range(2):
            with remarks() as told:
                read_scan(path)
            assert [entry.kind for entry in told] == ["odd_voxel_size"]
        with golden.warning(ScanWarning):
            read_scan(path)


def test_what_was_hashed_is_what_was_decoded_though_the_file_changes(tmp_path):
    path = tmp_path / "scan.nii"
    grid = Grid((4, 3, 2))
    write_image(np.ones(grid.shape), grid, path)
    before = digest_of_file(path)
    with one_look():
        with open_file(path) as file:
            assert file.read(4)
        array = read_scan(path)[0]
        write_image(np.zeros(grid.shape), grid, path)
        assert digest_of_file(path) == before
        assert read_scan(path)[0] is array
    assert digest_of_file(path) != before
    assert not read_scan(path)[0].any()


def test_a_file_that_cannot_be_read_is_refused_as_ever_and_looked_at_anew(tmp_path, golden):
    path = tmp_path / "scan.nii.gz"
    path.write_bytes(b"")
    with one_look():
        with golden.error(ScanError):
            read_scan(path)
        write_image(np.ones((2, 3, 4)), Grid((4, 3, 2)), path)
        assert read_scan(path)[0].all()
