import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from experiments.running.pictures.overlay import GAP, TILE, draw_overlay
from harmonize.image.volume import Grid, Volume
from harmonize.registration import Registered
from harmonize.registration.rigid import Rigid

GRID = Grid((90, 90, 5), (1.0, 1.0, 4.0), (3.0, -8.0, 20.0))
SHIFT = 6


@pytest.fixture(scope="module")
def reference() -> Volume:
    image = 100 + 800 * ndimage.gaussian_filter(np.random.default_rng(0).normal(0, 1, GRID.shape), (0, 3, 3))
    mask = np.zeros(GRID.shape, bool)
    mask[3, 42:49, 42:49] = True
    return Volume(image, GRID, {"liver": mask})


@pytest.fixture(scope="module")
def scan(reference) -> Volume:
    """The same, shifted to the patient's left."""
    return Volume(np.roll(reference.image, SHIFT, axis=2), GRID)


def motion(transform: Rigid) -> Registered:
    return Registered((transform,), 0, 6.0, 0.0, 0.1, 0.5, -0.2, -0.9)


def tiles(content: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(content)) as picture:
        pixels = np.asarray(picture.convert("L"), dtype=float)
    count = (pixels.shape[1] + GAP) // (TILE + GAP)
    return [pixels[:, number * (TILE + GAP) :][:, :TILE] for number in range(count)]


def alike(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first[20:-20, 20:-20].ravel(), second[20:-20, 20:-20].ravel())[0, 1])


SPACE = Rigid(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), (float(SHIFT), 0.0, 0.0))
PLANE = Rigid(((1.0, 0.0), (0.0, 1.0)), (float(SHIFT), 0.0), slice=3)


@pytest.mark.parametrize("transform", [SPACE, PLANE])
def test_after_the_right_motion_scan_and_checkerboard_look_like_the_reference(reference, scan, transform):
    first, last, before, after = tiles(draw_overlay(reference, scan, motion(transform)))
    assert alike(first, last) > 0.97
    assert alike(first, after) > 0.97
    assert alike(first, before) < 0.8


def test_a_wrong_motion_is_seen_to_be_wrong(reference, scan):
    away = replace(SPACE, offset=(-float(SHIFT), 0.0, 0.0))
    first, last, _, after = tiles(draw_overlay(reference, scan, motion(away)))
    assert alike(first, last) < 0.5
    assert alike(first, after) < 0.8


def test_without_a_motion_the_scan_is_shown_as_it_lies(reference, scan):
    first, last, before = tiles(draw_overlay(reference, scan, None))
    assert alike(first, last) < 0.5
    assert alike(first, before) < 0.8


def test_a_scan_of_another_place_is_black(reference):
    away = Volume(reference.image, replace(GRID, origin=(5000.0, 0.0, 0.0)))
    _, last, _ = tiles(draw_overlay(reference, away, None))
    assert np.median(last) < 10


def test_a_picture_is_small_whatever_it_shows(reference):
    """Of noise it is largest; a hundred of them have to fit into a report."""
    noise = Volume(np.random.default_rng(1).normal(0, 1, GRID.shape), GRID, reference.masks)
    assert len(draw_overlay(noise, noise, motion(SPACE))) < 60_000
