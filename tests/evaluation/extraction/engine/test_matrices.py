import itertools

import numpy as np
import pytest

from evaluation.extraction.engine.canvas import Canvas
from evaluation.extraction.engine.directions import half_directions
from evaluation.extraction.engine.gray_levels import GrayLevels
from evaluation.extraction.engine.matrices import matrices

SETTING = {"distances": (1,), "force2D": False, "force2Ddimension": 0, "symmetricalGLCM": False, "gldm_a": 0}
EVERY = ("glcm", "gldm", "glrlm", "glszm", "ngtdm")


@pytest.fixture(params=range(4))
def counted(request):
    random = np.random.default_rng(request.param)
    masks = [random.random(shape) < 0.8 for shape in [(3, 4, 5), (1, 6, 4), (2, 3, 3)]]
    levels = [random.integers(1, 4, mask.sum()) for mask in masks]
    a = request.param % 2
    setting = SETTING | {"gldm_a": a, "force2D": request.param > 1}
    places = [list(map(tuple, np.argwhere(mask))) for mask in masks]
    images = [dict(zip(there, one.tolist(), strict=True)) for there, one in zip(places, levels, strict=True)]
    directions = half_directions([1], 0 if setting["force2D"] else None)
    gray = GrayLevels.of(levels, a)
    return matrices(Canvas.of(masks), gray, EVERY, setting), images, directions, gray, a


def held(entries):
    columns = (entries.group, entries.i, entries.j, entries.n)
    return {(int(g), int(i), int(j)): int(n) for g, i, j, n in zip(*columns, strict=True) if n}


def tally(keys):
    keys = list(keys)
    return {key: keys.count(key) for key in keys}


def around(image, place, directions):
    for step, way in itertools.product(directions, (1, -1)):
        level = image.get(tuple(np.array(place) + way * step))
        if level is not None:
            yield level


def test_pairs_one_by_one(counted):
    found, images, directions, _, _ = counted
    expected = tally(
        (number * len(images) + roi, level, image[tuple(np.array(place) + step)])
        for number, step in enumerate(directions)
        for roi, image in enumerate(images)
        for place, level in image.items()
        if tuple(np.array(place) + step) in image
    )
    assert held(found.pairs.entries) == expected


def test_dependences_and_differences_one_by_one(counted):
    found, images, directions, gray, a = counted
    dependences, differences = [], np.zeros(gray.n_codes)
    for roi, image in enumerate(images):
        for place, level in image.items():
            others = list(around(image, place, directions))
            dependences.append((roi, level, 1 + sum(abs(other - level) <= a for other in others)))
            differences[gray.base[roi] + level] += abs(level - np.mean(others)) if others else 0.0
    assert held(found.dependences) == tally(dependences)
    np.testing.assert_allclose(found.differences, differences, rtol=1e-12, atol=1e-12)


def test_runs_one_by_one(counted):
    found, images, directions, _, _ = counted
    runs = []
    for number, step in enumerate(directions):
        for roi, image in enumerate(images):
            of_roi, lines = [], set()
            for place, level in image.items():
                moving = int(np.flatnonzero(step)[0])
                lines.add(tuple(np.array(place) - place[moving] // step[moving] * step))
                if image.get(tuple(np.array(place) - step)) == level:
                    continue
                length = 1
                while image.get(tuple(np.array(place) + length * step)) == level:
                    length += 1
                of_roi.append((number * len(images) + roi, level, length))
            if len(lines) < len(image):
                runs += of_roi
    assert held(found.runs) == tally(runs)


def test_zones_one_by_one(counted):
    found, images, directions, _, _ = counted
    zones = []
    for roi, image in enumerate(images):
        left = set(image)
        while left:
            zone, level = [left.pop()], None
            for place in zone:
                level = image[place]
                for step, way in itertools.product(directions, (1, -1)):
                    other = tuple(np.array(place) + way * step)
                    if other in left and image[other] == level:
                        left.remove(other)
                        zone.append(other)
            zones.append((roi, level, len(zone)))
    assert held(found.zones) == tally(zones)


def test_symmetrical_pairs_stand_once():
    mask = np.ones((1, 1, 4), bool)
    levels = GrayLevels.of([np.array([1, 2, 1, 1])])
    found = matrices(Canvas.of([mask]), levels, ["glcm"], SETTING | {"symmetricalGLCM": True})
    assert found.pairs.symmetrical
    assert held(found.pairs.entries) == {(0, 1, 2): 2, (0, 1, 1): 1}
    assert (found.runs, found.zones, found.dependences, found.differences) == (None,) * 4
