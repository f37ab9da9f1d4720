from .classification import (
    HeldOut as HeldOut,
    cross_validate as cross_validate,
    make_model as make_model,
    repeated_folds as repeated_folds,
    score_table as score_table,
)
from .extraction import (
    Extraction as Extraction,
    ExtractionSettings as ExtractionSettings,
    FeatureMaps as FeatureMaps,
    extract as extract,
    feature_maps as feature_maps,
)
from .batch_effects import harmonization_diagnostics as harmonization_diagnostics, harmonize_values as harmonize_values
from .ibsi import ibsi_table as ibsi_table
from .planning.simulated import pilot_sizes as pilot_sizes
from .planning.sample_size import sample_size as sample_size
from .quality.quality_rows import measure_quality as measure_quality
from .reading import read_feature_table as read_feature_table
from .reliability import (
    Status as Status,
    bootstrap as bootstrap,
    ccc as ccc,
    cv as cv,
    icc as icc,
    icc_incomplete as icc_incomplete,
    limits_of_agreement as limits_of_agreement,
    overall_ccc as overall_ccc,
    overall_ccc_incomplete as overall_ccc_incomplete,
    qcd as qcd,
    within_subject as within_subject,
)
from .reliability.effect_tables import effects_table as effects_table, rank_table as rank_table
from .reliability.signature import i2c2 as i2c2
from .reliability.signature_table import signature_table as signature_table
from .reliability.summary import (
    reproducible as reproducible,
    summarize as summarize,
    summarize_reproducible as summarize_reproducible,
)
from .reliability.table import reliability_table as reliability_table
