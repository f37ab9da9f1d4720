"""Pipes and devices in place of files: to open one waits for ever, to read one never ends."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.digest import digest_of_file
from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats import MaskSource, read_image, read_masks
from harmonize.formats.opened import peek
from harmonize.formats.registry import files_of
from harmonize.image.volume import Grid
from harmonize.inputs.documents import read_text
from harmonize.inputs.files import open_file
from harmonize.protocol.headers import read_protocol

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")
NO_FILE = "it is a folder, a pipe or a device, expected a file"


@pytest.fixture
def pipe(tmp_path):
    os.mkfifo(tmp_path / "scan.nii.gz")
    return tmp_path / "scan.nii.gz"


def test_a_pipe_is_no_image_and_no_mask(pipe, golden):
    with golden.error(ScanError):
        read_image(pipe)
    _, failures = read_masks({"liver": MaskSource(pipe)}, Grid((2, 2, 2)))
    assert NO_FILE in str(failures["liver"])
    assert peek(pipe) is None
    assert files_of(pipe) == (pipe,)
    with pytest.raises(OSError, match=NO_FILE):
        digest_of_file(pipe)


@pytest.mark.parametrize("place", ["/dev/zero", "/dev/null", "/"])
def test_neither_is_a_device_or_a_folder_a_document(place, golden):
    with golden.error(ConfigurationError):
        read_text(Path(place))
    with pytest.raises(OSError, match=NO_FILE):
        open_file(Path(place))


@pytest.mark.parametrize("ending", [".nhdr", ".mhd", ".hdr"])
def test_a_pipe_with_the_voxels_is_refused(tmp_path, ending, golden):
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 3, 4), np.int16)), str(tmp_path / f"scan{ending}"))
    (other,) = (path for path in tmp_path.iterdir() if path.suffix != ending)
    other.unlink()
    os.mkfifo(other)
    with golden.error(ScanError):
        read_image(tmp_path / f"scan{ending}")


def test_a_pipe_as_sidecar_is_refused(tmp_path, golden):
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 3, 4), np.int16)), str(tmp_path / "scan.nii.gz"))
    os.mkfifo(tmp_path / "scan.json")
    with golden.error(ScanError):
        read_protocol(tmp_path / "scan.nii.gz")


def test_a_pipe_among_the_slices_is_passed_over(tmp_path, write_slices):
    write_slices(tmp_path / "series", np.ones((3, 4, 5)))
    os.mkfifo(tmp_path / "series" / "pipe.dcm")
    assert read_image(tmp_path / "series")[0].shape == (3, 4, 5)
