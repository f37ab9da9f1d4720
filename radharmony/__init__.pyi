# The version that is installed
from experiments.versions import __version__ as __version__

# Studies
from experiments import (
    Run as Run,
    Study as Study,
    run_extraction as run_extraction,
    run_maps as run_maps,
    run_preprocessing as run_preprocessing,
    run_reports as run_reports,
    run_study as run_study,
)
from experiments.audit.audit import audit as audit
from experiments.exporting.workbook import write_workbook as write_workbook
from experiments.folder.run_folder import RunFolder as RunFolder
from experiments.simulate import (
    Simulation as Simulation,
    simulate_cohort as simulate_cohort,
    write_study as write_study,
)
from experiments.study.strategy import Strategy as Strategy
from experiments.tracking import Findings as Findings, keep_findings as keep_findings, log_findings as log_findings

# Images and masks
from harmonize import (
    Grid as Grid,
    MaskSource as MaskSource,
    Volume as Volume,
    read_image as read_image,
    read_masks as read_masks,
    read_volume as read_volume,
    write_image as write_image,
    Registration as Registration,
    register as register,
)

# Steps of a strategy, which change images
from harmonize import (
    AnisotropicDiffusion as AnisotropicDiffusion,
    Bilateral as Bilateral,
    Clip as Clip,
    ExternalCommand as ExternalCommand,
    Fit as Fit,
    Fits as Fits,
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
    TissueMode as TissueMode,
    TotalVariation as TotalVariation,
    ZScore as ZScore,
    apply_steps as apply_steps,
)

# Perturbations, of scans as they might have been
from harmonize import (
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

# Harmonization of features
from harmonize import (
    BatchZScore as BatchZScore,
    ComBat as ComBat,
    CovBat as CovBat,
    GroupedHarmonizer as GroupedHarmonizer,
    LongitudinalComBat as LongitudinalComBat,
    MixtureComBat as MixtureComBat,
    NestedComBat as NestedComBat,
    NeuroComBat as NeuroComBat,
    ProtocolComBat as ProtocolComBat,
    QuantileAlignment as QuantileAlignment,
    ReferenceRegression as ReferenceRegression,
)
from harmonize.combat import (
    add_batch as add_batch,
    check_assumptions as check_assumptions,
    harmonized_draws as harmonized_draws,
    learning_curve as learning_curve,
    leave_one_group_out as leave_one_group_out,
)
from evaluation.batch_effects import (
    Scoring as Scoring,
    harmonization_diagnostics as harmonization_diagnostics,
    harmonization_scorecard as harmonization_scorecard,
)

# Features
from evaluation import ExtractionSettings as ExtractionSettings, extract as extract, feature_maps as feature_maps
from evaluation.ibsi import (
    ibsi as ibsi,
    ibsi_table as ibsi_table,
    to_ibsi as to_ibsi,
    validate_ibsi as validate_ibsi,
)
from evaluation.quality.association import quality_association as quality_association
from evaluation.quality.quality_rows import measure_quality as measure_quality, QualityRow as QualityRow
from evaluation.reading import Reading as Reading, Roles as Roles, read_feature_table as read_feature_table

# Agreement and reliability
from evaluation import (
    ccc as ccc,
    cv as cv,
    icc as icc,
    icc_incomplete as icc_incomplete,
    limits_of_agreement as limits_of_agreement,
    overall_ccc as overall_ccc,
    overall_ccc_incomplete as overall_ccc_incomplete,
    qcd as qcd,
    reliability_table as reliability_table,
    within_subject as within_subject,
)
from evaluation.reliability.over_draws import limits_over_draws as limits_over_draws
from evaluation.claims.measurement_error import measurement_error_table as measurement_error_table
from evaluation.claims.change import change_table as change_table
from evaluation.claims.equivalence import equivalence as equivalence
from evaluation.claims.interchangeability import interchangeability as interchangeability
from evaluation.claims.margin import EquivalenceMargin as EquivalenceMargin
from evaluation.claims.pooling import pooling_table as pooling_table
from evaluation.reliability import log_repeatability as log_repeatability, repeatability as repeatability
from evaluation.trends.highest import highest_passing as highest_passing
from evaluation.trends.jonckheere import jonckheere as jonckheere
from evaluation.trends.ordered import OrderedFactor as OrderedFactor
from evaluation.trends.page import page as page
from evaluation.trends.slopes import relative_slope as relative_slope, slope as slope, unpaired_slope as unpaired_slope
from evaluation.perturbed.worth import perturbation_worth as perturbation_worth
from evaluation.trends.trend_table import trend_table as trend_table

# Features together
from evaluation.reliability.signature import i2c2 as i2c2
from evaluation.reliability.signature_table import signature_table as signature_table

# How large a study has to be
from evaluation.planning.sample_size import SampleSize as SampleSize, sample_size as sample_size
from evaluation.planning.simulated import pilot_sizes as pilot_sizes

# Feature selection and whitelists
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

# Diagnostic models
from evaluation import (
    cross_validate as cross_validate,
    make_model as make_model,
    score_table as score_table,
)
from evaluation.classification import compare_scores as compare_scores
from evaluation.classification.transfer import Variant as Variant, transfer as transfer
from evaluation.classification.transfer_scores import transfer_table as transfer_table
from evaluation.survival.cox import Cox as Cox
from evaluation.survival.times import survival_times as survival_times
from selection import Sweep as Sweep, tradeoff as tradeoff

# Whole analyses of a feature table
from experiments.analyses.reliability.facets import run_generalizability as run_generalizability
from experiments.analyses.reliability.files import (
    write_generalizability as write_generalizability,
    write_reliability as write_reliability,
)
from experiments.analyses.reliability.run import run_reliability as run_reliability
from experiments.analyses.reliability.settings import (
    FacetSettings as FacetSettings,
    ReliabilitySettings as ReliabilitySettings,
)
from experiments.analyses.trend.files import write_trend as write_trend
from experiments.analyses.trend.run import run_trend as run_trend
from experiments.analyses.trend.settings import TrendSettings as TrendSettings
from experiments.analyses.worth.files import write_worth as write_worth
from experiments.analyses.worth.run import run_worth as run_worth
from experiments.analyses.worth.settings import WorthSettings as WorthSettings
from experiments.analyses.change.files import write_change as write_change
from experiments.analyses.change.run import run_change as run_change
from experiments.analyses.change.settings import ChangeSettings as ChangeSettings
from experiments.analyses.equivalence.files import write_equivalence as write_equivalence
from experiments.analyses.equivalence.run import run_equivalence as run_equivalence
from experiments.analyses.equivalence.settings import EquivalenceSettings as EquivalenceSettings
from experiments.analyses.harmonize.files import write_harmonized as write_harmonized
from experiments.analyses.harmonize.comparing import run_scorecard as run_scorecard
from experiments.analyses.harmonize.run import run_harmonization as run_harmonization
from experiments.analyses.harmonize.scorecard_files import write_scorecard as write_scorecard
from experiments.analyses.harmonize.scorecard_settings import ScorecardSettings as ScorecardSettings
from experiments.analyses.harmonize.settings import HarmonizationSettings as HarmonizationSettings
from experiments.analyses.select.files import write_whitelist as write_whitelist
from experiments.analyses.select.run import run_selection as run_selection
from experiments.analyses.select.settings import SelectionSettings as SelectionSettings
from experiments.analyses.apply.files import write_applied as write_applied
from experiments.analyses.apply.run import run_application as run_application
from experiments.analyses.apply.settings import ApplicationSettings as ApplicationSettings
from experiments.analyses.diagnose.files import write_diagnosis as write_diagnosis
from experiments.analyses.diagnose.run import run_diagnosis as run_diagnosis
from experiments.analyses.diagnose.settings import DiagnosisSettings as DiagnosisSettings
from experiments.analyses.tradeoff.files import write_tradeoff as write_tradeoff
from experiments.analyses.tradeoff.run import run_tradeoff as run_tradeoff
from experiments.analyses.tradeoff.settings import TradeoffSettings as TradeoffSettings
from experiments.analyses.transfer.files import write_transfer as write_transfer
from experiments.analyses.transfer.run import run_transfer as run_transfer
from experiments.analyses.transfer.settings import TransferSettings as TransferSettings
from experiments.analyses.sample_size.files import (
    write_pilot_sizes as write_pilot_sizes,
    write_sample_size as write_sample_size,
)
from experiments.analyses.sample_size.run import run_sample_size as run_sample_size
from experiments.analyses.sample_size.settings import (
    PilotSettings as PilotSettings,
    SampleSizeSettings as SampleSizeSettings,
)
from experiments.analyses.sample_size.simulated import run_pilot_sizes as run_pilot_sizes
from experiments.analyses.shared.groups import Workers as Workers
from experiments.running.adding import add_to_run as add_to_run

# Errors
from harmonize import (
    ConfigurationError as ConfigurationError,
    RadharmonyError as RadharmonyError,
    ScanError as ScanError,
)
