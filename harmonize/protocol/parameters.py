"""The parameters of a protocol: what they are called, in which unit, where sidecars keep them, what can be true."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Parameter:
    """One parameter of a protocol.

    Parameters
    ----------
    name : str
        The column of the protocol table.
    title, unit : str
        For people; the unit is that of the table.
    keys : mapping of str to float
        Keys of a JSON sidecar that hold it, and the factor to the unit of the table.
    limits : tuple of float, optional
        Of a number that can be true; what lies outside is not taken over.
    absent : float or str, optional
        What it means that a header or sidecar does not state it, for those that are left out where they do not apply.
    """

    name: str
    title: str
    unit: str = ""
    keys: Mapping[str, float] = field(default_factory=dict)
    limits: tuple[float, float] | None = None
    absent: float | str | None = None

    @property
    def column(self) -> str:
        """Its column in a table, with the unit.

        Examples
        --------
        >>> BY_NAME["bandwidth"].column, BY_NAME["averages"].column
        ('bandwidth_hz_per_pixel', 'averages')
        """
        unit = {"%": "percent"}.get(self.unit, self.unit.lower().replace("/", "_per_"))
        return f"{self.name}_{unit}" if unit else self.name

    def shown(self, value: float | str) -> str:
        """Write a value of it, with the unit.

        Examples
        --------
        >>> BY_NAME["echo_time"].shown(92.0)
        '92 ms'
        """
        return value if isinstance(value, str) else f"{value:g} {self.unit}".strip()


def _of(*keys: str, factor: float = 1.0) -> dict[str, float]:
    return dict.fromkeys(keys, factor)


POSITIVE = (1e-9, math.inf)
PARAMETERS = (
    Parameter("modality", "modality", keys=_of("Modality")),
    Parameter("manufacturer", "manufacturer", keys=_of("Manufacturer")),
    Parameter("model", "scanner", keys=_of("ManufacturersModelName", "ManufacturerModelName")),
    Parameter("software", "software", keys=_of("SoftwareVersions")),
    Parameter("field_strength", "field strength", "T", _of("MagneticFieldStrength"), (0.01, 20)),
    Parameter("coil", "receive coil", keys=_of("ReceiveCoilName", "CoilString")),
    Parameter("sequence_type", "type of sequence", keys=_of("ScanningSequence")),
    Parameter("sequence_variant", "variant of sequence", keys=_of("SequenceVariant")),
    Parameter("dimension", "2D or 3D acquisition", keys=_of("MRAcquisitionType")),
    Parameter("repetition_time", "TR", "ms", _of("RepetitionTime", factor=1000), POSITIVE),
    Parameter("echo_time", "TE", "ms", _of("EchoTime", factor=1000), POSITIVE),
    Parameter("inversion_time", "TI", "ms", _of("InversionTime", factor=1000), POSITIVE),
    Parameter("flip_angle", "flip angle", "deg", _of("FlipAngle"), (1e-9, 360)),
    Parameter("echo_train_length", "echo train length", keys=_of("EchoTrainLength"), limits=(1, math.inf)),
    Parameter("averages", "averages", keys=_of("NumberOfAverages"), limits=POSITIVE),
    Parameter("bandwidth", "bandwidth", "Hz/pixel", _of("PixelBandwidth"), POSITIVE),
    Parameter("pixel_spacing_x", "pixel spacing x", "mm", limits=POSITIVE),
    Parameter("pixel_spacing_y", "pixel spacing y", "mm", limits=POSITIVE),
    Parameter("slice_thickness", "slice thickness", "mm", _of("SliceThickness"), POSITIVE),
    Parameter("slice_distance", "distance of slices", "mm", _of("SpacingBetweenSlices"), POSITIVE),
    Parameter("phase_fov", "phase field of view", "%", _of("PercentPhaseFOV"), POSITIVE),
    Parameter("sampling", "sampling", "%", _of("PercentSampling"), POSITIVE),
    Parameter(
        "parallel_factor_in_plane",
        "parallel imaging factor in plane",
        keys=_of("ParallelReductionFactorInPlane"),
        limits=(1, 100),
        absent=1.0,
    ),
    Parameter(
        "parallel_factor_through_plane",
        "parallel imaging factor through plane",
        keys=_of("ParallelReductionFactorOutOfPlane"),
        limits=(1, 100),
        absent=1.0,
    ),
    Parameter("parallel_technique", "parallel imaging", keys=_of("ParallelAcquisitionTechnique"), absent="none"),
    Parameter("partial_fourier", "partial Fourier", keys=_of("PartialFourier"), limits=(0.5, 1), absent="no"),
    Parameter(
        "compressed_sensing_factor",
        "compressed sensing factor",
        keys=_of("CompressedSensingFactor"),
        limits=(1, 100),
        absent=1.0,
    ),
    Parameter(
        "deep_learning",
        "deep-learning reconstruction",
        keys=_of("DeepLearningDetails", "DeepLearning"),
        absent="none",
    ),
)
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}


def folded(value: float | str) -> str:
    """Forget case and how texts are divided: headers and converters write the parts of one value in several ways.

    Examples
    --------
    >>> folded("SIEMENS_Prisma ") == folded("Siemens Prisma")
    True
    """
    return re.sub(r"[\W_]+", " ", str(value)).casefold().strip()
