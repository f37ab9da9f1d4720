"""What stands before any filter: the image, normalized or resampled where asked for, and each ROI in its box."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import SimpleITK as sitk

from evaluation.extraction.roi import check_intensities, check_size, check_varied
from evaluation.extraction.settings import ExtractionSettings
from evaluation.extraction.spacing import on_spacing
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.boxes import Box
from harmonize.image.volume import Volume


@dataclass(frozen=True)
class Roi:
    """An ROI that can carry features.

    Parameters
    ----------
    box : tuple of slice
        Where it lies in its image, along z, y, x.
    mask : ndarray of bool
        Its voxels within the box.
    bins : int
        Gray levels in the original image; 0 where only shape is measured.
    """

    box: Box
    mask: BoolArray
    bins: int


@dataclass(frozen=True)
class Scene:
    """An image, before any filter or after one.

    Parameters
    ----------
    array : ndarray of float, shape (z, y, x)
    spacing : tuple of float
        In mm, along x, y, z.
    to_itk : callable
        Gives the image to those who need it as one of SimpleITK.
    """

    array: FloatArray
    spacing: tuple[float, float, float]
    to_itk: Callable[[], sitk.Image]

    @classmethod
    def of(cls, image: sitk.Image) -> "Scene":
        """Look at an image of SimpleITK; it lives as long as its scene."""
        return cls(sitk.GetArrayViewFromImage(image), image.GetSpacing(), lambda: image)

    def filtered(self, array: FloatArray) -> "Scene":
        """Give the scene of other intensities at the same place."""

        def made() -> sitk.Image:
            image = sitk.GetImageFromArray(array)
            image.CopyInformation(self.image)
            return image

        return Scene(array, self.spacing, made)

    @cached_property
    def image(self) -> sitk.Image:
        """The image, made when it is first asked for."""
        return self.to_itk()


def scenes(
    volume: Volume, settings: ExtractionSettings, failures: dict[str, ScanError]
) -> Iterator[tuple[Scene, Mapping[str, Roi]]]:
    """Give one scene for all ROIs, or one for each where it is resampled or cropped with its margin by itself.

    Parameters
    ----------
    volume : Volume
        The image with its ROIs.
    settings : ExtractionSettings
        What to compute.
    failures : dict of str to ScanError
        Takes in the ROIs that cannot carry features.
    """
    setting = settings.for_image("")
    scene = Scene(volume.image, volume.grid.spacing, volume.to_itk)
    if setting["normalize"]:
        if volume.image.min() == volume.image.max():
            flat = ScanError("the image is constant and cannot be normalized", "export it again")
            failures.update(dict.fromkeys(volume.masks, flat))
            return
        scene = _normalized(scene, setting)
    shared: dict[str, Roi] = {}
    for name, mask in volume.masks.items():
        try:
            if setting["resampledPixelSpacing"] is not None:
                own, own_mask = _resampled(scene, mask, settings)
                yield own, {name: _roi(own.array, own_mask, settings)}
            elif setting["preCrop"]:
                own, own_mask = _with_margin(scene.image, mask, setting)
                yield own, {name: _roi(own.array, own_mask, settings)}
            else:
                shared[name] = _roi(scene.array, mask, settings)
        except ScanError as error:
            failures[name] = error
    if shared:
        yield scene, shared


def _normalized(scene: Scene, setting: Mapping[str, Any]) -> Scene:
    array = sitk.GetArrayFromImage(sitk.Normalize(scene.image))
    outliers = setting["removeOutliers"]
    if outliers is not None:
        np.clip(array, -outliers, outliers, out=array)
    array *= setting["normalizeScale"]
    return scene.filtered(array)


def crop(image: sitk.Image, box: Box) -> sitk.Image:
    """Cut a box, given along z, y, x, out of an image."""
    z, y, x = box
    cropped: sitk.Image = image[x.start : x.stop, y.start : y.stop, z.start : z.stop]
    return cropped


def _resampled(scene: Scene, mask: BoolArray, settings: ExtractionSettings) -> tuple[Scene, BoolArray]:
    setting = settings.for_image("")
    box = check_size(mask, setting)
    if settings.intensity_classes():  # afterwards a spline has spread into it what lies around it
        check_varied(scene.array[mask], "before resampling")
    try:
        image, mask = on_spacing(scene.image, mask, box, setting)
    except RuntimeError as error:
        spacing = " x ".join(f"{step:g}" for step in setting["resampledPixelSpacing"])
        raise ScanError(f"the ROI cannot be resampled to {spacing} mm: {error}", "choose another spacing") from error
    check_size(mask, setting, "after resampling")
    return Scene.of(image), mask


def _with_margin(image: sitk.Image, mask: BoolArray, setting: Mapping[str, Any]) -> tuple[Scene, BoolArray]:
    margin = setting["padDistance"]
    z, y, x = (
        slice(max(side.start - margin, 0), min(side.stop + margin, size))
        for side, size in zip(check_size(mask, setting), mask.shape, strict=True)
    )
    return Scene.of(crop(image, (z, y, x))), mask[z, y, x]


def _roi(array: FloatArray, mask: BoolArray, settings: ExtractionSettings) -> Roi:
    setting = settings.for_image("")
    box = check_size(mask, setting)
    mask = mask[box]
    if setting["resegmentRange"] is not None or setting["resegmentSigma"] is not None:
        mask = _resegmented(array[box], mask, setting)
        inner = check_size(mask, setting, "after re-segmentation")
        mask = mask[inner]
        z, y, x = (slice(o.start + i.start, o.start + i.stop) for o, i in zip(box, inner, strict=True))
        box = (z, y, x)
    bins = 0
    if settings.intensity_classes():
        limits = settings.bin_limits if "Original" in settings.imageType else None
        bins = check_intensities(array[box][mask], settings.for_image(), limits)
    return Roi(box, mask, bins)


def _resegmented(array: FloatArray, mask: BoolArray, setting: Mapping[str, Any]) -> BoolArray:
    """Leave the voxels that lie in the range and are no outliers; mean and deviation are those of the whole ROI."""
    kept = mask
    if setting["resegmentRange"] is not None:
        kept = kept & _in_range(array, mask, setting)
    if setting["resegmentSigma"] is not None:
        inside = array[mask]
        kept = kept & (np.abs(array - inside.mean()) <= setting["resegmentSigma"] * inside.std())
    return kept


def _in_range(array: FloatArray, mask: BoolArray, setting: Mapping[str, Any]) -> BoolArray:
    inside, limits = array[mask], np.sort(setting["resegmentRange"])
    if setting["resegmentMode"] == "relative":
        limits = inside.max() * limits
    elif setting["resegmentMode"] == "sigma":
        limits = inside.mean() + inside.std() * limits
    kept = mask & (array >= limits[0])
    if len(limits) == 2:
        kept &= array <= limits[1]
    if np.count_nonzero(kept) <= 1:
        raise ScanError(
            f"at most one voxel of the ROI lies in the resegmentRange {list(setting['resegmentRange'])} "
            f"({setting['resegmentMode']})",
            "look at the intensities, or widen the range",
        )
    return np.asarray(kept)
