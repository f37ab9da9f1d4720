"""The measures of image quality, by name: what each is of, and how it is computed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from evaluation.quality.blur import blur_metric
from evaluation.quality.contrast import contrast_over_noise, joint_variation, michelson_contrast
from evaluation.quality.edge_width import edge_width
from evaluation.quality.entropy_focus import entropy_focus
from evaluation.quality.measured import Measured
from evaluation.quality.noise_spectrum import noise_mean_frequency, noise_peak
from evaluation.quality.signal import noise_of, signal_mean, signal_over_noise, signal_over_spread, signal_sd
from evaluation.quality.sliced_scan import SlicedScan
from harmonize.arrays import BoolArray

Of = Literal["scan", "roi", "pair"]


@dataclass(frozen=True)
class QualityMeasure:
    """A measure of image quality.

    Parameters
    ----------
    title : str
        For people.
    unit : str
        ``"image"`` for that of the intensities, ``"1"`` for none.
    of : {"scan", "roi", "pair"}
        What has a value: the scan, in its foreground unless the measure says otherwise; an ROI; or two.
    compute : callable
        Called with the `SlicedScan`, and a mask for each ROI.
    """

    title: str
    unit: str
    of: tuple[Of, ...]
    compute: Callable[..., Measured]


def _peak(scan: SlicedScan, mask: BoolArray) -> Measured:
    return noise_peak(scan.spectrum(mask))


def _mean_frequency(scan: SlicedScan, mask: BoolArray) -> Measured:
    return noise_mean_frequency(scan.spectrum(mask))


ROI: tuple[Of, ...] = ("roi",)
PAIR: tuple[Of, ...] = ("pair",)
BOTH: tuple[Of, ...] = ("scan", "roi")

MEASURES: Mapping[str, QualityMeasure] = {
    "mean": QualityMeasure("mean intensity", "image", ROI, lambda scan, mask: signal_mean(scan.within(mask))),
    "sd": QualityMeasure("SD of intensities", "image", ROI, lambda scan, mask: signal_sd(scan.within(mask))),
    "noise": QualityMeasure("noise", "image", ("scan",), lambda scan, _: noise_of(scan.noise)),
    "snr": QualityMeasure(
        "signal-to-noise ratio", "1", ROI, lambda scan, mask: signal_over_noise(scan.within(mask), scan.noise)
    ),
    "mean_over_sd": QualityMeasure(
        "mean / SD in the ROI", "1", ROI, lambda scan, mask: signal_over_spread(scan.within(mask))
    ),
    "contrast": QualityMeasure(
        "Michelson contrast", "1", PAIR, lambda scan, a, b: michelson_contrast(scan.within(a), scan.within(b))
    ),
    "cnr": QualityMeasure(
        "contrast-to-noise ratio",
        "1",
        PAIR,
        lambda scan, a, b: contrast_over_noise(scan.within(a), scan.within(b), scan.noise),
    ),
    "cjv": QualityMeasure(
        "coefficient of joint variation",
        "1",
        PAIR,
        lambda scan, a, b: joint_variation(scan.within(a), scan.within(b)),
    ),
    "edge_width": QualityMeasure(
        "10-90 % edge width", "mm", BOTH, lambda scan, mask: edge_width(scan.slices, mask, scan.spacing)
    ),
    "blur": QualityMeasure("blur metric", "1", BOTH, lambda scan, mask: blur_metric(scan.slices, mask)),
    "nps_peak": QualityMeasure("peak of the noise power spectrum", "1/mm", BOTH, _peak),
    "nps_mean": QualityMeasure("mean frequency of the noise power spectrum", "1/mm", BOTH, _mean_frequency),
    "efc": QualityMeasure("entropy focus criterion", "1", ("scan",), lambda scan, _: entropy_focus(scan.with_data)),
}
"""One entry a measure; a function of arrays in a file of this room, and its row in docs/quality.md."""
