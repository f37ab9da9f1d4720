from .combat import (
    BatchZScore as BatchZScore,
    ComBat as ComBat,
    CovBat as CovBat,
    LongitudinalComBat as LongitudinalComBat,
    NestedComBat as NestedComBat,
    NeuroComBat as NeuroComBat,
    QuantileAlignment as QuantileAlignment,
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
from .regions import foreground_mask as foreground_mask, region_mask as region_mask
from .steps import (
    STEPS as STEPS,
    AnisotropicDiffusion as AnisotropicDiffusion,
    Clip as Clip,
    N4BiasField as N4BiasField,
    Resample as Resample,
    Step as Step,
    ZScore as ZScore,
    apply as apply,
)
from .volume import Grid as Grid, Volume as Volume
