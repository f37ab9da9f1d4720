# Scans
from harmonize import (
    Grid as Grid,
    MaskSource as MaskSource,
    Volume as Volume,
    read_image as read_image,
    read_masks as read_masks,
    read_volume as read_volume,
    write_image as write_image,
)

# Steps, which change an image
from harmonize import (
    STEPS as STEPS,
    AnisotropicDiffusion as AnisotropicDiffusion,
    Bilateral as Bilateral,
    Clip as Clip,
    FuzzyTissueMean as FuzzyTissueMean,
    HistogramMatching as HistogramMatching,
    Median as Median,
    N4BiasField as N4BiasField,
    NonlocalMeans as NonlocalMeans,
    Nyul as Nyul,
    ReferenceTissue as ReferenceTissue,
    Resample as Resample,
    RobustZScore as RobustZScore,
    Round as Round,
    Scaling as Scaling,
    TissueMode as TissueMode,
    TotalVariation as TotalVariation,
    ZScore as ZScore,
    Fit as Fit,
    Fits as Fits,
    apply as apply,
)

# Registration
from harmonize import (
    Registration as Registration,
    Rigid as Rigid,
    carry_mask as carry_mask,
    register as register,
)

# Harmonizers, which change a feature table
from harmonize import (
    BatchZScore as BatchZScore,
    ComBat as ComBat,
    CovBat as CovBat,
    GroupedHarmonizer as GroupedHarmonizer,
    LongitudinalComBat as LongitudinalComBat,
    NestedComBat as NestedComBat,
    NeuroComBat as NeuroComBat,
    QuantileAlignment as QuantileAlignment,
    ReferenceRegression as ReferenceRegression,
)
from harmonize.combat import leave_one_group_out as leave_one_group_out
from evaluation.batch_effects import (
    agreement_table as agreement_table,
    diagnose as diagnose,
    harmonize_values as harmonize_values,
)

# Features
from evaluation import Extraction as Extraction, ExtractionSettings as ExtractionSettings, extract as extract
from evaluation.ibsi import ibsi_table as ibsi_table
from evaluation.reading import Reading as Reading, Roles as Roles, read_feature_table as read_feature_table

# Reliability
from evaluation import (
    Status as Status,
    bootstrap as bootstrap,
    ccc as ccc,
    cv as cv,
    effects_table as effects_table,
    icc as icc,
    limits_of_agreement as limits_of_agreement,
    overall_ccc as overall_ccc,
    qcd as qcd,
    rank_table as rank_table,
    reliability_table as reliability_table,
    reproducible as reproducible,
    share_intervals as share_intervals,
    summarize as summarize,
    summarize_reproducible as summarize_reproducible,
    within_subject as within_subject,
)
from evaluation.publication import Analysis as Analysis, methods_text as methods_text, paper_tables as paper_tables

# Selection
from selection import (
    MRMR as MRMR,
    Boruta as Boruta,
    Cohort as Cohort,
    CorrelationPruning as CorrelationPruning,
    MissingnessThreshold as MissingnessThreshold,
    RobustnessThreshold as RobustnessThreshold,
    StabilitySelection as StabilitySelection,
    Thresholds as Thresholds,
    Whitelist as Whitelist,
    apply_whitelist as apply_whitelist,
    make_selector as make_selector,
    reliability_scores as reliability_scores,
    selection_frequencies as selection_frequencies,
    selection_stability as selection_stability,
)

# Diagnosis
from evaluation import (
    HeldOut as HeldOut,
    cross_validate as cross_validate,
    make_model as make_model,
    repeated_folds as repeated_folds,
    score_table as score_table,
)
from evaluation.classification.transfer import Variant as Variant, transfer as transfer
from selection import Sweep as Sweep, tradeoff as tradeoff

# Studies
from experiments import Run as Run, Study as Study, run_study as run_study
from experiments.audit import audit as audit
from experiments.simulate import Simulation as Simulation, write_study as write_study
from experiments.study.strategy import Strategy as Strategy

# Errors
from harmonize import (
    ConfigurationError as ConfigurationError,
    GridError as GridError,
    RadharmonyError as RadharmonyError,
    ScanError as ScanError,
)
