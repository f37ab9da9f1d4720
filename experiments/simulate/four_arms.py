"""The four arms of the simulated study: two acquisitions, each reconstructed in two ways."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, ComplexArray, FloatArray
from harmonize.kspace.acquisition import measure
from harmonize.kspace.fields import noise_amplification
from harmonize.kspace.reconstruction import reconstruct_denoised, reconstruct_standard

ACQUISITIONS = ("REF", "ACC")


@dataclass(frozen=True)
class Scanner:
    """What both acquisitions of a scan share.

    Parameters
    ----------
    noise : float
        Standard deviation of the noise in each of the real and the imaginary part of an image from full, not
        accelerated k-space; in the units of the image.
    g_factor : float
        Noise amplification of parallel imaging in the middle of the field of view; it falls to 1 at its corners.
    aliasing : float
        Share of a skipped line that parallel imaging fails to restore; it leaves a ghost.
    denoising : float
        Strength of the denoising surrogate, in units of the noise.
    """

    noise: float
    g_factor: float = 1.3
    aliasing: float = 0.03
    denoising: float = 0.8


@dataclass(frozen=True)
class Acquisition:
    """One acquisition before noise: the image (z, y, x), the covered lines, and the acceleration."""

    signal: ComplexArray
    measured: BoolArray
    acceleration: int = 1

    def noise_sigma(self, scanner: Scanner) -> FloatArray:
        """Give the standard deviation (y, x) of the noise in each part of the zero-filled complex image.

        ``noise * sqrt(R) * g * sqrt(share of lines covered)``, Pruessmann's law for parallel imaging.
        """
        _, rows, columns = self.signal.shape
        g = noise_amplification((rows, columns), scanner.g_factor, self.acceleration)
        return scanner.noise * math.sqrt(self.acceleration * float(self.measured.mean())) * g


def acquire(acquisition: Acquisition, scanner: Scanner, rng: np.random.Generator) -> ComplexArray:
    """Measure k-space (z, y, x), orthonormal and in the order of an FFT.

    There are no separate coils: what is modelled is k-space as parallel imaging leaves it, with all covered lines
    filled in. Lines that were skipped (every line whose number is not a multiple of R) lack the share
    `Scanner.aliasing` of their signal, which leaves ghosts at multiples of 1/R of the field of view; white complex
    noise is amplified by sqrt(R) and the g-factor in the image; lines that are not covered are zero.

    References
    ----------
    Pruessmann KP, Weiger M, Scheidegger MB, Boesiger P. SENSE: sensitivity encoding for fast MRI. Magn Reson Med
    1999;42:952-962.
    """
    lines, r = acquisition.measured.size, acquisition.acceleration
    restored = np.where(np.fft.fftfreq(lines, 1.0 / lines) % r == 0, 1.0, 1.0 - scanner.aliasing)
    _, rows, columns = acquisition.signal.shape
    noise = scanner.noise * np.sqrt(r) * noise_amplification((rows, columns), scanner.g_factor, r)
    kspace = measure(acquisition.signal, restored, noise, rng)
    kspace[:, ~acquisition.measured] = 0.0
    return kspace


def reconstruct_arms(
    acquisitions: Mapping[str, Acquisition], scanner: Scanner, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Measure each acquisition once and reconstruct its k-space in both ways; images (z, y, x) by condition."""
    arms = {}
    for name, acquisition in acquisitions.items():
        kspace = acquire(acquisition, scanner, rng)
        sigma = acquisition.noise_sigma(scanner)
        arms[f"{name}+STD"] = reconstruct_standard(kspace)
        arms[f"{name}+DLR"] = reconstruct_denoised(kspace, acquisition.measured, sigma, scanner.denoising)
    return arms
