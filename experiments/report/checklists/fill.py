"""Reporting checklists, filled from a run as far as the run knows.

Nothing is claimed that the files do not say: an item is `yes` where the run itself does all that the item asks for,
`partly` where it does or knows a part, `no` where it knows that something was not done, else `open`: the author's.
"""

from collections.abc import Callable, Mapping

from experiments.folder.files import FEATURES, RUN
from experiments.report.checklists import model_rules, study_rules
from experiments.report.checklists.items import CLEAR, METRICS, Item
from experiments.report.checklists.knowledge import Answer, Knowledge

_features_to_share = study_rules.shareable("The feature values are in one file", FEATURES)
_settings_to_share = study_rules.shareable("All settings and versions are in one file", RUN)

METRICS_RULES: Mapping[int, Callable[[Knowledge], Answer]] = {
    6: study_rules.protocol,
    11: study_rules.suitable_preprocessing,
    12: study_rules.software,
    13: study_rules.parameters,
    14: model_rules.robust,
    15: model_rules.redundant,
    16: model_rules.dimension,
    17: study_rules.deep_learning,
    18: model_rules.partition,
    19: study_rules.confounders,
    20: model_rules.performance,
    21: model_rules.uncertainty,
    22: model_rules.calibration,
    23: study_rules.sequences,
    24: model_rules.other_methods,
    25: model_rules.simple_models,
    26: model_rules.internal,
    28: _features_to_share,
    29: _settings_to_share,
}
"""What the run can say of items of METRICS; the others are the author's."""

CLEAR_RULES: Mapping[int, Callable[[Knowledge], Answer]] = {
    15: model_rules.split,
    16: study_rules.protocol,
    21: study_rules.preprocessing,
    22: study_rules.resampling,
    23: study_rules.discretization,
    24: study_rules.image_types,
    25: study_rules.extraction,
    26: study_rules.classes,
    27: study_rules.number,
    28: study_rules.parameters,
    29: study_rules.missing,
    30: model_rules.imbalance,
    32: model_rules.scaling,
    33: model_rules.reduction,
    34: model_rules.algorithms,
    35: model_rules.tuning,
    36: study_rules.confounders,
    37: model_rules.choice,
    38: model_rules.testing,
    39: model_rules.performance,
    40: model_rules.uncertainty,
    41: model_rules.comparison,
    42: model_rules.other_methods,
    46: study_rules.statistics,
    47: model_rules.results,
    48: model_rules.other_methods,
    54: _features_to_share,
    55: _settings_to_share,
}
"""What the run can say of items of CLEAR."""


def fill(knowledge: Knowledge) -> list[tuple[Item, Answer]]:
    """Answer every item of METRICS and CLEAR."""
    return [
        (item, rules[item.number](knowledge) if item.number in rules else Answer())
        for items, rules in ((METRICS, METRICS_RULES), (CLEAR, CLEAR_RULES))
        for item in items
    ]
