import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.formats import read_image, write_image
from harmonize.formats.pairs import header_file, pair_of
from harmonize.image.volume import Grid

GRID = Grid((30, 20, 10))
IMAGE = np.random.default_rng(0).normal(100, 20, GRID.shape)


@pytest.mark.parametrize(("header", "voxels"), [("a.hdr", "a.img"), ("a.hdr.gz", "a.img"), ("A.HDR", "A.IMG")])
def test_each_file_of_a_pair_finds_the_other(tmp_path, header, voxels):
    for name in (header, voxels):
        (tmp_path / name).touch()
    assert pair_of(tmp_path / header) == tmp_path / voxels
    assert header_file(tmp_path / voxels) == header_file(tmp_path / header) == tmp_path / header


def test_a_file_alone_has_no_other(tmp_path):
    assert pair_of(tmp_path / "a.img") is None
    assert header_file(tmp_path / "a.img") == tmp_path / "a.img"


def test_the_voxels_of_a_pair_are_looked_at(tmp_path, golden):
    write_image(IMAGE, GRID, tmp_path / "scan.hdr")
    np.testing.assert_array_equal(read_image(tmp_path / "scan.hdr")[0], IMAGE)
    voxels = tmp_path / "scan.img"
    voxels.write_bytes(voxels.read_bytes()[:1000])
    for ending in ("hdr", "img"):
        with golden.error(ScanError):
            read_image(tmp_path / f"scan.{ending}")


def test_a_header_of_a_pair_in_a_file_of_its_own_is_refused(tmp_path, golden):
    # ITK read voxels out of the header.
    write_image(IMAGE[:1, :4, :4], Grid((4, 4, 1)), tmp_path / "scan.hdr")
    (tmp_path / "scan.hdr").rename(tmp_path / "scan.nii")
    with golden.error(ScanError):
        read_image(tmp_path / "scan.nii")
