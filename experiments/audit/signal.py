"""How strong the noise of each scan is against the signal of its ROIs."""

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.study.manifest import Scan
from harmonize.image.noise import foreground_noise, signal_to_noise
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume


@dataclass(frozen=True)
class Signal:
    """Noise and signal of one scan.

    Parameters
    ----------
    subject, sequence, condition : str
        Which scan.
    noise : float, optional
        Standard deviation of the noise in the foreground (`harmonize.image.noise.tissue_noise`), in units of the image.
    reason : str
        Why there is none.
    signal_to_noise : mapping of str to float
        Mean intensity of each ROI over the noise. Too high where interpolation, a filter or a denoiser took fine detail
        away, so it does not compare scans whose reconstruction differs.
    """

    subject: str
    sequence: str
    condition: str
    noise: float | None
    reason: str
    signal_to_noise: Mapping[str, float]


def measure_signal(scan: Scan, volume: Volume) -> Signal:
    """Estimate the noise of a scan, and the signal-to-noise ratio of its ROIs."""
    found = foreground_noise(volume, infer_slice_axis(volume.grid) or 0)
    ratios = {} if found.sigma is None else dict(signal_to_noise(volume, found.sigma))
    return Signal(*scan.key, found.sigma, found.reason, ratios)
