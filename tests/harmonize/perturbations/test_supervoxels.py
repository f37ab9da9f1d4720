"""Supervoxels, against clustering written down voxel by voxel and centre by centre."""

import numpy as np
import pytest

from harmonize.perturbations.supervoxels import ITERATIONS, supervoxels


def by_definition(image, spacing, widths, edge, compactness) -> np.ndarray:
    """Cluster as SLIC does, each voxel among the cells around its own."""
    places = np.stack(np.meshgrid(*(np.arange(n) for n in image.shape), indexing="ij"), axis=-1)
    cells = places // widths
    counts = cells.reshape(-1, 3).max(axis=0) + 1
    names = [(a, b, c) for a in range(counts[0]) for b in range(counts[1]) for c in range(counts[2])]
    values = np.concatenate([places * spacing / edge, image[..., None] / compactness], axis=-1)
    centres = {cell: values[(cells == cell).all(axis=-1)].mean(axis=0) for cell in names}
    for _ in range(ITERATIONS):
        labels = np.empty(image.shape, int)
        for at in np.ndindex(image.shape):
            near = [cell for cell in names if np.abs(np.subtract(cell, cells[at])).max() <= 1]
            away = [((values[at] - centres[cell]) ** 2).sum() for cell in near]
            labels[at] = names.index(near[int(np.argmin(away))])
        centres = {
            cell: values[labels == i].mean(axis=0) if (labels == i).any() else centres[cell]
            for i, cell in enumerate(names)
        }
    return labels


@pytest.mark.parametrize(("shape", "spacing", "size", "widths"), [
    ((4, 9, 10), (1.0, 1.0, 1.0), 27.0, (3, 3, 3)),
    ((3, 9, 11), (6.0, 1.0, 1.0), 54.0, (1, 3, 3)),
    ((1, 8, 9), (1.0, 1.0, 1.0), 16.0, (1, 4, 4)),
])  # fmt: skip
def test_clusters_are_those_of_the_definition(shape, spacing, size, widths) -> None:
    image = np.random.default_rng(0).random(shape)
    found = supervoxels(image, spacing, size, 0.3)
    known = by_definition(image, spacing, widths, size ** (1 / 3), 0.3)
    assert (found == known).mean() > 0.99  # single precision


def test_an_even_image_gives_cells_and_two_halves_are_told_apart() -> None:
    even = supervoxels(np.zeros((2, 8, 8)), (1.0, 1.0, 1.0), 8.0, 0.05)
    assert (np.bincount(even.ravel()) == 8).all()
    image = np.zeros((4, 16, 16))
    image[:, :, 7:] = 1.0
    found = supervoxels(image, (1.0, 1.0, 1.0), 64.0, 0.05)
    assert not set(found[:, :, :7].ravel()) & set(found[:, :, 7:].ravel())


def test_an_image_smaller_than_a_supervoxel_is_one() -> None:
    assert len(np.unique(supervoxels(np.random.default_rng(0).random((1, 3, 3)), (1.0, 1.0, 1.0), 500.0, 0.05))) == 1
