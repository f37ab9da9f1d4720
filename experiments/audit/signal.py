"""How strong the noise of each scan is against the signal of its ROIs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.markup import escape
from rich.table import Table

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
        Mean intensity of each ROI over the noise.
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


def signal_tables(signals: Sequence[Signal]) -> Iterator[Table]:
    """Give for each sequence the median signal-to-noise ratio of every ROI under every condition."""
    for sequence in dict.fromkeys(signal.sequence for signal in signals):
        mine = [signal for signal in signals if signal.sequence == sequence and signal.signal_to_noise]
        if not mine:
            continue
        conditions = list(dict.fromkeys(signal.condition for signal in mine))
        table = Table(title=f"{escape(sequence)}: signal-to-noise ratio, median of the scans", title_justify="left")
        for title in ("ROI", *conditions):
            table.add_column(escape(title), overflow="fold", justify="left" if title == "ROI" else "right")
        for roi in dict.fromkeys(roi for signal in mine for roi in signal.signal_to_noise):
            table.add_row(escape(roi), *(_median(mine, roi, condition) for condition in conditions))
        yield table


def _median(signals: Sequence[Signal], roi: str, condition: str) -> str:
    ratios = [
        signal.signal_to_noise[roi]
        for signal in signals
        if signal.condition == condition and roi in signal.signal_to_noise
    ]
    return f"{np.median(ratios):.3g}" if ratios else ""
