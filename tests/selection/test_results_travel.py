"""Results can be pickled, copied and sent to other processes."""

import copy
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

import evaluation
from evaluation.batch_effects import harmonize_values
from evaluation.classification.transfer import Variant, transfer
from evaluation.comparison import compare_strategies, overlap
from evaluation.extraction import ExtractionSettings, extract
from evaluation.ibsi import ibsi
from evaluation.reliability import friedman, relative_within_subject
from experiments import Study
from harmonize import ComBat, GroupedHarmonizer, N4BiasField
from harmonize.image.volume import Grid, Volume
from selection import Thresholds, Tradeoff, Whitelist, selection_stability
from tests.selection.test_other_frames import NAMES, REFERENCE, features, scans

PIPELINE = Pipeline([("model", LogisticRegression())])
VALUES = np.random.default_rng(0).normal(10, 1, (12, 3))


def volume() -> Volume:
    image = np.random.default_rng(0).normal(300.0, 100.0, (4, 12, 12))
    return Volume(image, Grid((12, 12, 4)), {"roi": np.ones((4, 12, 12), bool)})


def diagnosis() -> Any:
    table = scans()
    y = np.arange(80) // 2 % 2
    return evaluation.cross_validate(
        PIPELINE, table[NAMES], y, table["subject"], repeats=1, folds=3, others={"again": table[NAMES]}
    )


def transferred() -> Any:
    table = scans()
    y = np.arange(80) // 2 % 2
    return transfer(
        {"raw": Variant(PIPELINE)}, table[NAMES], y, table["subject"], table["site"], train="A", test="B", repeats=1
    )


RESULTS: dict[str, Callable[[], Any]] = {
    "cross_validate": diagnosis,
    "transfer": transferred,
    "icc": lambda: evaluation.icc(VALUES),
    "ccc": lambda: evaluation.ccc(VALUES[:, 0], VALUES[:, 1]),
    "cv": lambda: evaluation.cv(VALUES),
    "within_subject": lambda: evaluation.within_subject(VALUES),
    "relative_within_subject": lambda: relative_within_subject(VALUES),
    "friedman": lambda: friedman(VALUES),
    "overlap": lambda: overlap([True, False], [True, True]),
    "limits_of_agreement": lambda: evaluation.limits_of_agreement(VALUES[:, 0], VALUES[:, 1]),
    "comparison": lambda: compare_strategies(features(), REFERENCE),
    "extract": lambda: extract(volume(), ExtractionSettings({"binWidth": 20})),
    "extraction_settings": lambda: ExtractionSettings({"binWidth": 20}),
    "volume": volume,
    "ibsi": lambda: ibsi("original_glcm_Contrast"),
    "combat": lambda: ComBat("site").fit(scans()[["site", *NAMES]]),
    "grouped": lambda: GroupedHarmonizer.fit(ComBat("site"), scans(), NAMES, ["roi"]),
    "harmonize_values": lambda: harmonize_values(scans(), ComBat("site"), NAMES, by=["roi"]),
    "thresholds": lambda: Thresholds({"icc": 0.9}),
    "whitelist": lambda: Whitelist("raw", {"T2": {"liver": (NAMES[0],)}}, {"T2": {"liver": 3}}, {}),
    "stability": lambda: selection_stability(np.eye(4, dtype=bool)),
    "step": N4BiasField,
    "study": lambda: Study,
    "tradeoff_class": lambda: Tradeoff,
}


def plain(value: Any) -> Any:
    """Give the parts of a result, for comparison."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "__dict__") and not isinstance(value, type):
        return {key: plain(item) for key, item in vars(value).items()}
    return value


@pytest.mark.parametrize("name", RESULTS)
def test_results_can_be_pickled_and_copied(name: str) -> None:
    """Regression: what `cross_validate` gave held a mappingproxy, which cannot be pickled."""
    result = RESULTS[name]()
    for again in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result), copy.copy(result)):
        assert type(again) is type(result)
        np.testing.assert_equal(plain(again), plain(result))
