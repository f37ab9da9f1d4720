"""One subject of the phantom: anatomy, tissues and texture, seen by a sequence through k-space."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

from experiments.simulate.anatomy import FIELD_OF_VIEW, OVERSAMPLING, PARTS, Anatomy, draw_anatomy
from experiments.simulate.disease import TISSUE, Disease
from experiments.simulate.echo_train import EchoTrain
from experiments.simulate.texture import random_texture
from experiments.simulate.tissues import TISSUES, Sequence, Tissue
from harmonize.arrays import ComplexArray, FloatArray


@dataclass(frozen=True)
class Phantom:
    """One subject.

    Attributes
    ----------
    anatomy : Anatomy
        Where the parts lie; the ROIs.
    tissues : mapping of str to Tissue
        The subject's own value for each tissue that `anatomy.PARTS` uses.
    spectra : mapping of str to ndarray of complex, shape (slices, matrix, matrix)
        k-space of the textured proton density of each tissue, in the order of an FFT, normalised so that its inverse
        FFT is the proton density.
    """

    anatomy: Anatomy
    tissues: Mapping[str, Tissue]
    spectra: Mapping[str, ComplexArray]

    def signal(self, sequence: Sequence, train: EchoTrain) -> ComplexArray:
        """Give the noise-free image (z, y, x) that an echo train sees: each tissue's k-space times its own decay.

        Partial Fourier sampling is not part of it, see `EchoTrain.decay`.
        """
        total: ComplexArray = np.zeros(next(iter(self.spectra.values())).shape, complex)
        for name, spectrum in self.spectra.items():
            tissue = self.tissues[name]
            strength = sequence.fat_signal if tissue.is_fat else 1.0
            total += spectrum * (strength * train.decay(tissue.t2))[:, None]
        image: ComplexArray = fft.ifft2(total)
        return image


def draw_phantom(matrix: int, slices: int, seed: tuple[int, ...], disease: Disease | None = None) -> Phantom:
    """Draw one subject.

    Parameters
    ----------
    matrix, slices : int
        Size of the image.
    seed : tuple of int
        Study and subject; the same seed gives the same subject.
    disease : Disease or None
        What makes the subject a patient; the same seed without it gives the same person in health.
    """
    anatomy = draw_anatomy(matrix, slices, np.random.default_rng((*seed, 1)))
    chance = np.random.default_rng((*seed, 2))
    tissues = {name: tissue.of_subject(chance) for name, tissue in TISSUES.items()}
    if disease is not None:
        tissues[TISSUE] = disease.change_tissue(tissues[TISSUE])
    density = _proton_density(anatomy, tissues, np.random.default_rng((*seed, 3)))
    kinds = np.array(["", *(part.tissue for part in PARTS)])[anatomy.parts]
    if disease is not None:
        density = disease.change_density(density, kinds == TISSUE, np.random.default_rng((*seed, 4)))
    used = dict.fromkeys(part.tissue for part in PARTS if tissues[part.tissue].proton_density > 0.0)
    return Phantom(anatomy, tissues, {name: _spectrum(np.where(kinds == name, density, 0.0)) for name in used})


def _proton_density(anatomy: Anatomy, tissues: Mapping[str, Tissue], rng: np.random.Generator) -> FloatArray:
    density = np.zeros(anatomy.parts.shape)
    spacing = FIELD_OF_VIEW / anatomy.parts.shape[-1]
    boxes = ndimage.find_objects(anatomy.parts, max_label=len(PARTS))
    for place, (part, box) in enumerate(zip(PARTS, boxes, strict=True), start=1):
        tissue = tissues[part.tissue]
        if box is None or tissue.proton_density == 0.0:
            continue
        inside = anatomy.parts[box] == place
        texture = random_texture(inside.shape, tissue.correlation_length, spacing, rng)
        # Beyond three standard deviations a bright texture would be cut by zero and no longer Gaussian.
        values = tissue.proton_density * (1.0 + tissue.texture_amplitude * np.clip(texture, -3.0, 3.0))
        density[box][inside] = values[inside]
    return density


def _spectrum(fine: FloatArray) -> ComplexArray:
    """Give the central k-space of an object on the fine grid: what a scan of the coarser matrix reaches."""
    n = fine.shape[-1]
    matrix = n // OVERSAMPLING
    line = np.fft.fftfreq(matrix, 1.0 / matrix)
    keep = line.astype(int) % n
    # The centre of a voxel lies between fine voxels: a phase ramp moves the samples there.
    ramp = np.exp(2j * np.pi * line * (OVERSAMPLING - 1) / 2 / n)
    rows = fft.fft(fine, axis=-1)[..., keep] * ramp
    spectrum: ComplexArray = fft.fft(rows, axis=-2)[..., keep, :] * ramp[:, None] / OVERSAMPLING**2
    return spectrum
