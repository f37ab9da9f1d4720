import numpy as np
import pytest

import harmonize.anisotropic.flow
from harmonize.anisotropic.flow import Diffusion


def change_voxel_by_voxel(image, spacing, flow, conductance, edge_squared):
    """Write the equations out for one voxel after the other."""
    padded = np.pad(image, 1, mode="edge")
    axes = range(image.ndim)

    def at(place, *moves):
        place = list(place)
        for axis, by in moves:
            place[axis] += by
        return padded[tuple(place)]

    def central(place, axis, *moves):
        return (at(place, *moves, (axis, 1)) - at(place, *moves, (axis, -1))) / 2 / spacing[axis]

    change = np.zeros(image.shape)
    for index in np.ndindex(image.shape):
        place = tuple(i + 1 for i in index)
        speed, rising, falling = 0.0, 0.0, 0.0
        for axis in axes:
            for side in (1, -1):
                slope = side * (at(place, (axis, side)) - at(place)) / spacing[axis]
                squared = slope**2
                for other in axes:
                    if other != axis:
                        squared += ((central(place, other) + central(place, other, (axis, side))) / 2) ** 2
                s = squared / edge_squared
                flux = slope * (np.exp(-s) if conductance == "exponential" else 1 / (1 + s))
                if flow == "curvature":
                    flux /= np.sqrt(squared + 1e-10)
                speed += side * flux
                rising += max(side * slope, 0) ** 2
                falling += min(side * slope, 0) ** 2
        change[index] = speed if flow == "gradient" else speed * np.sqrt(rising if speed > 0 else falling)
    return change


@pytest.mark.parametrize("block", [5, 32_000])
@pytest.mark.parametrize("conductance", ["exponential", "rational"])
@pytest.mark.parametrize("flow", ["gradient", "curvature"])
@pytest.mark.parametrize(
    ("shape", "spacing"), [((5, 6), (1.0, 0.5)), ((3, 4, 5), (3.0, 1.0, 0.8)), ((1, 3, 3), (1, 1, 1))]
)
def test_one_step_is_the_equation_voxel_by_voxel(shape, spacing, flow, conductance, block, monkeypatch):
    monkeypatch.setattr(harmonize.anisotropic.flow, "BLOCK", block)
    image = np.random.default_rng(0).normal(100, 20, shape)
    diffusion = Diffusion(shape, spacing, flow, conductance)
    diffusion.image = image
    for _ in range(2):  # the second step finds nothing left over from the first
        before = diffusion.image
        diffusion.mean_squared_gradient()
        diffusion.step(0.01, 300.0)
        expected = before + 0.01 * change_voxel_by_voxel(before, spacing, flow, conductance, 300.0)
        np.testing.assert_allclose(diffusion.image, expected, rtol=0, atol=1e-11)


def test_mean_squared_gradient_is_that_of_a_plane():
    z, y, x = np.meshgrid(*[np.arange(n) for n in (30, 40, 50)], indexing="ij")
    diffusion = Diffusion(z.shape, (2.0, 1.0, 0.5), "gradient", "exponential")
    diffusion.image = 2.0 * z + 3.0 * y + 0.5 * x
    # At the two border planes of an axis the central difference of a plane is half.
    expected = 1.0**2 * (1 - 0.75 * 2 / 30) + 3.0**2 * (1 - 0.75 * 2 / 40) + 1.0**2 * (1 - 0.75 * 2 / 50)
    assert diffusion.mean_squared_gradient() == pytest.approx(expected)


def test_another_image_takes_the_place_of_the_first():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 6, 7))
    used, fresh = (Diffusion((6, 7), (1.0, 1.0), "curvature", "exponential") for _ in range(2))
    used.image = first
    used.mean_squared_gradient()
    used.step(0.1, 1.0)
    for diffusion in (used, fresh):
        diffusion.image = second
        diffusion.mean_squared_gradient()
        diffusion.step(0.1, 1.0)
    np.testing.assert_array_equal(used.image, fresh.image)
