import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.running.packing import grid_of, packed, packed_masks, unpacked, unpacked_masks
from experiments.study.opened import OpenedMasks, OpenedScan
from harmonize.errors import GridError, ScanError, ScanWarning
from harmonize.image.volume import Grid
from harmonize.protocol import Protocol

GRID = Grid((5, 3, 7), (0.1, 0.7, 3.0), (-1e-17, 1 / 3, 12.5), (0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0))
IMAGE = Path("scans/Bild ä.nii.gz")


def mask(seed):
    return np.random.default_rng(seed).random(GRID.shape) > 0.5


def plain():
    array = np.random.default_rng(1).integers(-50, 900, GRID.shape).astype(np.int16)
    return OpenedScan(IMAGE, array, GRID, None, {}, {}, {}, {}, (), (), True, Protocol("", {}))


def full():
    """Everything that can be told of a scan, and the voxels of every kind of mask."""
    return replace(
        plain(),
        outside=mask(2),
        masks={"liver": mask(3), "Milz \N{GREEK SMALL LETTER ALPHA}": mask(4)},
        failures={"spleen": GridError("lies elsewhere", "resample it"), "aorta": ScanError("is empty", "draw it")},
        lost={"liver": ScanError("reaches into padding", "draw it smaller")},
        boundaries={
            Path("one.nii.gz"): mask(5),
            Path("broken.nii.gz"): ScanError("is cut off", "copy it again"),
            Path("two.nii.gz"): mask(6),
        },
        unnamed=(7, 9),
        told=(ScanWarning("odd_spacing", "0.1 mm", "look at it"),),
        oriented=False,
        protocol=Protocol("sidecar", {"TE": 80.0, "vendor": "Siemens"}, {"TR": "states -1"}),
    )


def told(error):
    return type(error), error.problem, error.advice


def through_a_file(opened):
    about, arrays = packed(opened)
    return unpacked(opened.path, json.loads(json.dumps(about)), arrays)


@pytest.mark.parametrize("opened", [plain(), full()], ids=["plain", "full"])
def test_a_scan_comes_back_whole_and_in_the_same_order(opened):
    found = through_a_file(opened)
    assert (found.path, found.grid, found.oriented) == (opened.path, opened.grid, opened.oriented)
    assert found.array.dtype == opened.array.dtype
    np.testing.assert_array_equal(found.array, opened.array)
    assert (found.outside is None) == (opened.outside is None)
    np.testing.assert_array_equal(found.outside, opened.outside)
    assert list(found.masks) == list(opened.masks)
    for roi, drawn in opened.masks.items():
        np.testing.assert_array_equal(found.masks[roi], drawn)
    for name in ("failures", "lost"):
        assert {roi: told(one) for roi, one in getattr(found, name).items()} == {
            roi: told(one) for roi, one in getattr(opened, name).items()
        }
    assert set(found.boundaries) == set(opened.boundaries)
    for path, limit in opened.boundaries.items():
        if isinstance(limit, ScanError):
            assert told(found.boundaries[path]) == told(limit)
        else:
            np.testing.assert_array_equal(found.boundaries[path], limit)
    assert tuple(found.unnamed) == opened.unnamed
    assert [(one.kind, one.problem, one.advice) for one in found.told] == [
        (one.kind, one.problem, one.advice) for one in opened.told
    ]
    assert found.protocol == opened.protocol


def test_a_protocol_that_could_not_be_read_stays_an_error():
    found = through_a_file(replace(full(), protocol=ScanError("is no JSON", "write it again")))
    assert told(found.protocol) == (ScanError, "is no JSON", "write it again")


def test_masks_come_back_by_themselves():
    whole = full()
    about, arrays = packed_masks(OpenedMasks(whole.masks, whole.failures, whole.unnamed, whole.told))
    found = unpacked_masks(json.loads(json.dumps(about)), arrays)
    assert list(found.masks) == list(whole.masks)
    assert all(np.array_equal(found.masks[roi], drawn) for roi, drawn in whole.masks.items())
    assert {roi: told(one) for roi, one in found.failures.items()} == {
        roi: told(one) for roi, one in whole.failures.items()
    }
    assert found.unnamed == whole.unnamed
    assert [vars(one) for one in found.told] == [vars(one) for one in whole.told]
    with pytest.raises(ValueError, match="zip"):
        unpacked_masks(about, arrays[:-1])


def test_arrays_and_values_that_do_not_fit_are_no_scan():
    about, arrays = packed(full())
    with pytest.raises(ValueError, match="zip"):
        unpacked(IMAGE, about, arrays[:-1])
    with pytest.raises(KeyError):
        unpacked(IMAGE, {name: value for name, value in about.items() if name != "lost"}, arrays)


def test_a_grid_comes_back_of_lists():
    values = {"size": [5, 3, 7], "spacing": [0.1, 0.7, 3.0], "origin": [-1e-17, 1 / 3, 12.5]}
    assert grid_of(values) == Grid((5, 3, 7), (0.1, 0.7, 3.0), (-1e-17, 1 / 3, 12.5))
