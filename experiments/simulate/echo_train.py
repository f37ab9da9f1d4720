"""The echo train of a single-shot sequence: when each line of k-space is read, and which are not."""

from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class EchoTrain:
    """A Cartesian single-shot train with linear order of the phase-encode lines.

    Line k (0 is the centre of k-space) is read at ``echo_time + echo_spacing * k / acceleration``: with acceleration R
    one echo serves R lines, the measured one and those that parallel imaging fills in beside it, so the train is
    shorter and T2 blurs less. Lines whose echo would come before the first one are not measured: that is the partial
    Fourier sampling which an effective echo time shorter than half of the full train forces.

    Parameters
    ----------
    lines : int
        Phase-encode lines of the full matrix.
    echo_time, echo_spacing : float
        Effective echo time and distance between echoes, ms.
    acceleration : int
        R of parallel imaging, from 1.

    References
    ----------
    Constable RT, Gore JC. The loss of small objects in variable TE imaging: implications for FSE, RARE, and EPI.
    Magn Reson Med 1992;28:9-24.

    Examples
    --------
    >>> full, accelerated = EchoTrain(128, 80.0, 4.0, 1), EchoTrain(128, 80.0, 4.0, 2)
    >>> full.echoes, accelerated.echoes
    (83, 51)
    >>> int(full.measured.sum()), int(accelerated.measured.sum())
    (83, 102)
    """

    lines: int
    echo_time: float
    echo_spacing: float
    acceleration: int

    @property
    def measured(self) -> BoolArray:
        """Lines that the scan covers, measured or filled in by parallel imaging; in the order of an FFT."""
        return np.asarray(self._line_times() >= self.echo_spacing - 1e-9)

    @property
    def echoes(self) -> int:
        """Echoes that are read, one for every R covered lines."""
        return -(-int(self.measured.sum()) // self.acceleration)

    def decay(self, t2: float) -> FloatArray:
        """Signal left at each line, in the order of an FFT, for a T2 in ms.

        Lines that are not covered count as the first echo: they are dropped later, and must not be large until then.
        """
        times = np.maximum(self._line_times(), self.echo_spacing)
        return np.asarray(np.exp(-times / t2))

    def _line_times(self) -> FloatArray:
        line = np.fft.fftfreq(self.lines, 1.0 / self.lines)
        return self.echo_time + self.echo_spacing * line / self.acceleration
