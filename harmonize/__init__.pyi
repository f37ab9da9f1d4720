from .image.circles import Circle as Circle, circle_mask as circle_mask
from .combat import (
    BatchZScore as BatchZScore,
    ComBat as ComBat,
    CovBat as CovBat,
    GroupedHarmonizer as GroupedHarmonizer,
    LongitudinalComBat as LongitudinalComBat,
    MixtureComBat as MixtureComBat,
    NestedComBat as NestedComBat,
    NeuroComBat as NeuroComBat,
    QuantileAlignment as QuantileAlignment,
    ProtocolComBat as ProtocolComBat,
    ReferenceRegression as ReferenceRegression,
)
from .errors import (
    ConfigurationError as ConfigurationError,
    GridError as GridError,
    RadharmonyError as RadharmonyError,
    ScanError as ScanError,
)
from .formats import (
    MaskSource as MaskSource,
    read_image as read_image,
    read_masks as read_masks,
    read_volume as read_volume,
    write_image as write_image,
)
from .image.noise import NoiseEstimate as NoiseEstimate, tissue_noise as tissue_noise
from .image.regions import foreground_mask as foreground_mask, region_mask as region_mask
from .registration import Registered as Registered, Registration as Registration, register as register
from .registration.rigid import Rigid as Rigid, carry_mask as carry_mask
from .image.slices import infer_slice_axis as infer_slice_axis, slice_axis as slice_axis
from .perturbations import (
    AddedNoise as AddedNoise,
    Blurring as Blurring,
    ClippingWindow as ClippingWindow,
    DenoisingSurrogate as DenoisingSurrogate,
    GammaCurve as GammaCurve,
    GrowthByDistance as GrowthByDistance,
    ParallelImaging as ParallelImaging,
    PartialMatrix as PartialMatrix,
    RandomContour as RandomContour,
    Resampling as Resampling,
    ResidualBiasField as ResidualBiasField,
    Rotation as Rotation,
    Sharpening as Sharpening,
    Translation as Translation,
    Undersampling as Undersampling,
    VolumeChange as VolumeChange,
    perturb as perturb,
)
from .steps import (
    STEPS as STEPS,
    AnisotropicDiffusion as AnisotropicDiffusion,
    Bilateral as Bilateral,
    Clip as Clip,
    CohortStep as CohortStep,
    ExternalCommand as ExternalCommand,
    Fit as Fit,
    Fits as Fits,
    FittedHistogramMatching as FittedHistogramMatching,
    FittedNyul as FittedNyul,
    FuzzyTissueMean as FuzzyTissueMean,
    HistogramMatching as HistogramMatching,
    Median as Median,
    N4BiasField as N4BiasField,
    NonlocalMeans as NonlocalMeans,
    Nyul as Nyul,
    ProcessedElsewhere as ProcessedElsewhere,
    ReferenceTissue as ReferenceTissue,
    Resample as Resample,
    RobustZScore as RobustZScore,
    Round as Round,
    Scaling as Scaling,
    Step as Step,
    TissueMode as TissueMode,
    TotalVariation as TotalVariation,
    ZScore as ZScore,
    apply_steps as apply_steps,
)
from .image.volume import Grid as Grid, Volume as Volume
