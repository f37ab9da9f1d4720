"""Two images registered there and back: the motion between them, and what a second, independent search leaves of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.field_of_view import blank_areas
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume, to_itk
from harmonize.registration.rigid import Metric, Rigid, plane_of, slice_points, still, volume_points
from harmonize.registration.rigid_image import Shown
from harmonize.registration.rigid_search import metric_of, near, refine_motions, search_motion


@dataclass(frozen=True, eq=False)
class Pair:
    """Two images to be registered, in space or in the plane of one slice.

    Parameters
    ----------
    fixed, moving : Shown
        The reference and the other scan. Padding and areas of one value up to the border are no image.
    region : SimpleITK.Image
        The ROIs on the first.
    points : ndarray of float, shape (n_voxels, dimension)
        Centres of the voxels of the ROIs there, in mm.
    centres : ndarray of float, shape (n_parts, dimension)
        Centres of the connected parts of the ROIs, in mm.
    slice : int, optional
        Which slice; None in three dimensions.
    """

    fixed: Shown
    moving: Shown
    region: sitk.Image
    points: FloatArray
    centres: FloatArray
    slice: int | None

    @classmethod
    def of_volumes(cls, reference: Volume, scan: Volume, region: BoolArray) -> "Pair":
        """Take the whole volumes."""
        mask = to_itk(region, reference.grid)
        points = volume_points(region, reference.grid)
        fixed, moving = (
            Shown(volume.to_itk(), _there(volume, infer_slice_axis(volume.grid) or 0)) for volume in (reference, scan)
        )
        return cls(fixed, moving, mask, points, _centres(points, region), None)

    @classmethod
    def of_slices(cls, reference: Volume, scan: Volume, region: BoolArray, axis: int, index: int) -> "Pair":
        """Take one slice of each, across an axis of the array."""
        points = slice_points(region, reference.grid, axis, index)
        fixed, moving = (
            Shown(
                plane_of(volume.image, volume.grid, reference.grid, axis, index),
                None if (there := _there(volume, axis)) is None else np.take(there, index, axis=axis),
            )
            for volume in (reference, scan)
        )
        return cls(
            fixed,
            moving,
            sitk.Cast(plane_of(region, reference.grid, reference.grid, axis, index), sitk.sitkUInt8),
            points,
            _centres(points, np.take(region, index, axis=axis)),
            index,
        )

    @property
    def where(self) -> str:
        """Name the slice in messages."""
        return "" if self.slice is None else f" of slice {self.slice}"


@dataclass(frozen=True)
class Motion:
    """The motion from the first image to the second.

    Parameters
    ----------
    transform : Rigid
        The motion.
    translation : float
        Mean displacement of the voxels of the ROIs, in mm.
    residual : float
        Largest distance in mm between this motion and others found for the same images, at any centre of the ROIs;
        infinite where they cannot be looked for, as one image is flat.
    metric_before, metric_after : float
        Of the images as they lie and registered, as SimpleITK minimizes it.
    """

    transform: Rigid
    translation: float
    residual: float
    metric_before: float
    metric_after: float


def find_motion(pair: Pair, metric: Metric, margin: float | None, told: Callable[[str], object] = str) -> Motion:
    """Search the motion of a pair, and from the start again the one back.

    Parameters
    ----------
    pair : Pair
        The images.
    metric : {"mutual_information", "correlation"}
        What is minimized.
    margin : float, optional
        The images are compared within so many mm of the ROIs; None: everywhere.
    told : callable
        Called with what begins.

    Raises
    ------
    ScanError
        If ITK finds too few samples within both images, or none.

    Examples
    --------
    >>> from scipy import ndimage
    >>> from harmonize.image.volume import Grid
    >>> image = ndimage.gaussian_filter(np.random.default_rng(0).normal(100.0, 50.0, (1, 80, 80)), (0, 4, 4))
    >>> region = np.zeros((1, 80, 80), bool)
    >>> region[0, 30:50, 30:50] = True
    >>> reference, scan = (Volume(np.roll(image, shift, axis=2), Grid((80, 80, 1))) for shift in (0, 3))
    >>> motion = find_motion(Pair.of_slices(reference, scan, region, 0, 0), "correlation", 20.0)
    >>> round(motion.translation, 1), bool(motion.residual < 0.2)
    (3.0, True)
    """
    with _explained(pair):
        told("search")
        within = near(pair.region, margin, pair.fixed.there)
        found, *rivals = search_motion(pair.fixed, pair.moving, within, metric, pair.slice)
        before = metric_of(pair.fixed, pair.moving, within, metric)
        after = metric_of(pair.fixed, pair.moving, within, metric, found)
        transform = found if after < before else still(pair.points.shape[1], pair.slice)
        share = sitk.Cast(pair.region, sitk.sitkFloat32)  # whole numbers are cut off: one slice would be lost
        region = sitk.Resample(share, pair.moving.image, transform.inverse())
        target = near(region, margin, pair.moving.there)
        told("way back")
        backs = search_motion(pair.moving, pair.fixed, target, metric, pair.slice)
    told("checks")
    fits = refine_motions(pair.fixed, pair.moving, within, metric, transform)
    again = [found, *rivals, *(fit for fit in fits if fit is not None)]
    places = transform(pair.centres)
    apart = [motion(pair.centres) - places for motion in again] + [back(places) - pair.centres for back in backs]
    residual = float(np.linalg.norm(apart, axis=-1).max())
    return Motion(
        transform,
        translation=float(np.linalg.norm((transform(pair.points) - pair.points).mean(axis=0))),
        residual=np.inf if None in fits else residual,
        metric_before=before,
        metric_after=min(before, after),
    )


def unmoved(pair: Pair, metric: Metric, margin: float | None, _told: Callable[[str], object] = str) -> Motion:
    """Give no motion, of images that are known to lie on each other; raises as `find_motion`."""
    with _explained(pair):
        alike = metric_of(pair.fixed, pair.moving, near(pair.region, margin, pair.fixed.there), metric)
    return Motion(still(pair.points.shape[1], pair.slice), 0.0, 0.0, alike, alike)


@contextmanager
def _explained(pair: Pair) -> Iterator[None]:
    """Say what ITK finds wrong: too few samples within both images, or none."""
    try:
        yield
    except RuntimeError as error:
        raise ScanError(
            f"the registration{pair.where} failed: {str(error).strip().splitlines()[-1].split('): ')[-1]}",
            "look whether both scans show the same place, or draw the ROIs on this scan",
        ) from error


def _there(volume: Volume, axis: int) -> BoolArray | None:
    """Say where a scan holds data; None where that is everywhere, or nowhere."""
    blank = blank_areas(volume.image, axis)
    none = blank if volume.outside is None else blank | volume.outside
    return None if not none.any() or none.all() else ~none


def _centres(points: FloatArray, region: BoolArray) -> FloatArray:
    """Give the centres of the connected parts of a region whose voxels lie at the points, in the same order."""
    labels, count = ndimage.label(region, np.ones((3,) * region.ndim))
    return np.stack([points[labels[region] == label].mean(axis=0) for label in range(1, count + 1)])


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep SimpleITK to one thread, so that sums keep their order."""
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
