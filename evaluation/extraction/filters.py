"""The images that features are computed on beside the original one, as PyRadiomics defines them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import SimpleITK as sitk

from evaluation.extraction.derived_names import filtered_axes, name_of_log, name_of_wavelet
from evaluation.extraction.scenes import Scene
from harmonize.arrays import FloatArray
from harmonize.errors import ScanError

LEAST_FOR_LOG = 4
"""Voxels along each axis that ITK's recursive filter needs."""


def derived_scenes(scene: Scene, image_type: str, setting: Mapping[str, Any]) -> Iterator[tuple[Scene, str]]:
    """Make the images of a type that features are computed on, one after the other.

    Parameters
    ----------
    scene : Scene
        The image before any filter, in 64-bit floats.
    image_type : str
        As PyRadiomics calls it, such as `Wavelet`.
    setting : mapping
        All settings that hold for it.

    Yields
    ------
    scene : Scene
        The filtered image. An image too small for a width of LoG gives none.
    name : str
        As PyRadiomics writes it in front of its features, such as `wavelet-LLH`.

    Raises
    ------
    ScanError
        If a filter fails on this image.

    References
    ----------
    PyRadiomics documentation, `radiomics.imageoperations`.
    """
    try:
        yield from _FILTERS[image_type](scene, setting)
    except (RuntimeError, ValueError) as error:  # what SimpleITK and PyWavelets raise
        raise ScanError(
            f"the filter of image type {image_type} failed: {error}",
            "remove this image type, or leave this scan out",
        ) from error


def _original(scene: Scene, _: Mapping[str, Any]) -> Iterator[tuple[Scene, str]]:
    yield scene, "original"


def _log(scene: Scene, setting: Mapping[str, Any]) -> Iterator[tuple[Scene, str]]:
    size, spacing = np.array(scene.array.shape[::-1]), np.array(scene.spacing)
    for sigma in setting["sigma"]:
        if size.min() >= LEAST_FOR_LOG and (size >= np.ceil(sigma / spacing) + 1).all():
            yield Scene.of(sitk.LaplacianRecursiveGaussian(scene.image, sigma, True)), name_of_log(sigma)


def _wavelet(scene: Scene, setting: Mapping[str, Any]) -> Iterator[tuple[Scene, str]]:
    """Give the details of each level, then the approximation of the last: a stationary transform, on even sizes."""
    import pywt  # only here: most studies do without

    wavelet, axes = pywt.Wavelet(setting.get("wavelet", "coif1")), filtered_axes(setting)
    start, level = setting.get("start_level", 0), setting.get("level", 1)
    inside = tuple(slice(size) for size in scene.array.shape)
    approximation = np.pad(scene.array, [(0, size % 2) for size in scene.array.shape], "wrap")
    for number in range(1 - start, level + 1):
        bands = pywt.swtn(approximation, wavelet, level=1, start_level=0, axes=axes)[0]
        approximation = bands.pop("a" * len(axes))
        if number >= 1:
            for band, values in bands.items():
                name = name_of_wavelet(number, band.replace("a", "L").replace("d", "H"))
                yield scene.filtered(np.ascontiguousarray(values[inside])), name
    yield scene.filtered(np.ascontiguousarray(approximation[inside])), name_of_wavelet(level, "L" * len(axes))


def _gradient(scene: Scene, setting: Mapping[str, Any]) -> Iterator[tuple[Scene, str]]:
    yield Scene.of(sitk.GradientMagnitude(scene.image, setting.get("gradientUseSpacing", True))), "gradient"


def _each_voxel(
    name: str, function: Callable[[FloatArray, float], FloatArray]
) -> Callable[[Scene, Mapping[str, Any]], Iterator[tuple[Scene, str]]]:
    """Make a filter of a function of the intensities and the largest of their magnitudes."""

    def compute(scene: Scene, _: Mapping[str, Any]) -> Iterator[tuple[Scene, str]]:
        yield scene.filtered(function(scene.array, float(np.abs(scene.array).max()))), name

    return compute


def _square(x: FloatArray, largest: float) -> FloatArray:
    return np.asarray(((1 / np.sqrt(largest)) * x) ** 2)


def _square_root(x: FloatArray, largest: float) -> FloatArray:
    return np.asarray(np.copysign(np.sqrt(np.abs(x) * largest), x))


def _logarithm(x: FloatArray, largest: float) -> FloatArray:
    logarithm = np.copysign(np.log(np.abs(x) + 1), x)
    return np.asarray(logarithm * (largest / np.abs(logarithm).max()))


def _exponential(x: FloatArray, largest: float) -> FloatArray:
    return np.asarray(np.exp(np.log(largest) / largest * x))


_FILTERS: Mapping[str, Callable[[Scene, Mapping[str, Any]], Iterator[tuple[Scene, str]]]] = {
    "Original": _original,
    "LoG": _log,
    "Wavelet": _wavelet,
    "Gradient": _gradient,
    "Square": _each_voxel("square", _square),
    "SquareRoot": _each_voxel("squareroot", _square_root),
    "Logarithm": _each_voxel("logarithm", _logarithm),
    "Exponential": _each_voxel("exponential", _exponential),
}
