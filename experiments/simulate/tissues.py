"""What the phantom is made of and how the sequences see it.

T2 at 3 T and its spread between people are those that de Bazelaire et al. measured in volunteers with a single-shot
sequence; where they give two values (kidney cortex and medulla) one in between is used. Bile and cerebrospinal fluid
are set to long T2 as fluids have; flowing blood to almost no signal, since a single-shot sequence loses it (flow
void). Proton densities, and amplitude and correlation length of the textures, are assumptions of this phantom, chosen
to be plausible, not measurements.

References
----------
de Bazelaire CM, Duhamel GD, Rofsky NM, Alsop DC. MR imaging relaxation times of abdominal and pelvic tissues measured
in vivo at 3.0 T: preliminary results. Radiology 2004;230:652-659.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np


@dataclass(frozen=True)
class Tissue:
    """One tissue, of people in general or of one subject.

    Parameters
    ----------
    t2 : float
        Transverse relaxation time, ms.
    t2_sd : float
        Its standard deviation between people, ms; 0 for one subject.
    proton_density : float
        Relative to water, 1.
    texture_amplitude : float
        Standard deviation of the proton density inside the organ, as a share of its mean.
    correlation_length : float
        Distance in mm at which the correlation of the texture has fallen to exp(-1).
    is_fat : bool
        Whether fat suppression acts on it.
    """

    t2: float
    t2_sd: float
    proton_density: float
    texture_amplitude: float
    correlation_length: float
    is_fat: bool = False

    def of_subject(self, rng: np.random.Generator) -> "Tissue":
        """Draw the tissue of one subject.

        T2 is normal, cut at two standard deviations; proton density varies by 3 %, texture amplitude by 35 % and
        correlation length by 20 % (log-normal).
        """
        t2, density, amplitude, length = np.clip(rng.standard_normal(4), -2.0, 2.0)
        return replace(
            self,
            t2=float(self.t2 + self.t2_sd * t2),
            t2_sd=0.0,
            proton_density=float(self.proton_density * np.exp(0.03 * density)),
            texture_amplitude=float(self.texture_amplitude * np.exp(0.35 * amplitude)),
            correlation_length=float(self.correlation_length * np.exp(0.2 * length)),
        )


TISSUES = MappingProxyType(
    {
        "fat": Tissue(68.0, 4.0, 0.90, 0.10, 8.0, is_fat=True),
        "muscle": Tissue(29.0, 4.0, 0.80, 0.12, 5.0),
        "liver": Tissue(34.0, 4.0, 0.80, 0.12, 7.0),
        "spleen": Tissue(61.0, 9.0, 0.85, 0.09, 6.0),
        "kidney": Tissue(78.0, 7.0, 0.88, 0.12, 9.0),
        "pancreas": Tissue(43.0, 7.0, 0.82, 0.15, 6.0),
        "marrow": Tissue(49.0, 4.0, 0.75, 0.15, 5.0),
        "bile": Tissue(500.0, 50.0, 0.95, 0.03, 10.0),
        "fluid": Tissue(2000.0, 100.0, 1.00, 0.02, 10.0),
        "contents": Tissue(250.0, 40.0, 0.75, 0.15, 10.0),
        "blood": Tissue(150.0, 15.0, 0.06, 0.20, 8.0),
        "cord": Tissue(80.0, 5.0, 0.75, 0.02, 5.0),
        "gas": Tissue(20.0, 0.0, 0.0, 0.0, 5.0),
    }
)
"""Tissues of people in general, by name."""


@dataclass(frozen=True)
class Sequence:
    """A single-shot T2-weighted sequence.

    Parameters
    ----------
    echo_time : float
        Effective echo time: that of the central line of k-space, ms.
    fat_signal : float
        Share of the signal of fat that is left; below 1 with fat suppression.
    """

    echo_time: float
    fat_signal: float = 1.0


SEQUENCES = MappingProxyType(
    {
        "HASTE": Sequence(60.0),
        "HASTE-FS": Sequence(60.0, fat_signal=0.2),
        "HASTE-LONG": Sequence(120.0),
    }
)
"""Known sequences: plain, fat-suppressed and strongly T2-weighted."""
