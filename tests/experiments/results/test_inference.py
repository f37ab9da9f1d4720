import json

import numpy as np
import pandas as pd
import pytest

from evaluation.comparison import compare_strategies
from evaluation.reliability.effect_tables import effects_table, rank_table
from evaluation.reliability.table import reliability_table
from experiments.folder.run_folder import RunFolder
from experiments.results.inference import RESAMPLES, infer, write_inference
from selection.thresholds import Thresholds

CONDITIONS = ("REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR")
NAMES = [f"original_glcm_Feature{i}" for i in range(12)]
FACTORS = ("acquisition", "reconstruction")


def feature_table(subjects=7, conditions=CONDITIONS, strategies=("raw", "n4")):
    rng = np.random.default_rng(3)
    truth = rng.normal(10, 2, (subjects, len(NAMES)))
    return pd.concat(
        [
            pd.DataFrame(truth + rng.normal(0.3 * c, 0.8 - 0.3 * s, truth.shape), columns=NAMES).assign(
                strategy=strategy,
                subject=[f"S{i}" for i in range(subjects)],
                sequence="T2",
                condition=name,
                roi="liver",
            )
            for s, strategy in enumerate(strategies)
            for c, name in enumerate(conditions)
        ],
        ignore_index=True,
    )


def inferred(table, rule=None, factors=FACTORS, progress=lambda *_: None):
    rule = rule or Thresholds()
    return infer(table, "REF+STD", rule, factors, progress)


def test_every_part_is_what_its_function_gives():
    table = feature_table()
    result = inferred(table, Thresholds({"icc": 0.8}))
    shares = result.intervals.query("share == 'icc_share'")["estimate"]
    rows = reliability_table(table, "REF+STD").query("statistic == 'icc'")
    found = (rows["estimate"] > 0.8).groupby(rows["strategy"], sort=False).mean()  # the threshold of the study, not 0.9
    assert shares.tolist() == pytest.approx(found.tolist())
    expected = compare_strategies(table, "REF+STD", {"icc": 0.8}, n_resamples=RESAMPLES)
    pd.testing.assert_frame_equal(result.comparison.shares, expected.shares)
    pd.testing.assert_frame_equal(result.comparison.ranks, expected.ranks)
    pd.testing.assert_frame_equal(result.effects, effects_table(table, "REF+STD", "ACC+DLR"))
    pd.testing.assert_frame_equal(result.tests, rank_table(table, "REF+STD"))
    assert result.reasons == {}
    assert result.record()["is_rule"]
    assert json.loads(json.dumps(result.record())) == result.record()


def test_progress_reaches_its_total():
    seen = []
    inferred(feature_table(), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 5) for done in range(6)]
    seen.clear()
    inferred(feature_table(subjects=1), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 3) for done in range(4)]


@pytest.mark.parametrize(
    ("table", "factors", "missing", "words"),
    [
        (feature_table(conditions=CONDITIONS[:2]), FACTORS, {"effects"}, "acquisition has 1 level (REF)"),
        (feature_table(conditions=CONDITIONS[:3]), FACTORS, {"effects"}, "3 of the four conditions"),
        (feature_table(strategies=("raw",)), FACTORS, {"comparison"}, "one strategy"),
        (feature_table(conditions=("REF+STD", "B", "C")), ("scanner",), {"effects"}, "two factors of two levels"),
        (feature_table(subjects=2), FACTORS, set(), ""),
        (feature_table(subjects=1), FACTORS, {"comparison", "effects", "tests"}, "one subject"),
    ],
)
def test_what_a_study_does_not_allow_has_its_reason(table, factors, missing, words):
    result = inferred(table, factors=factors)
    assert set(result.reasons) == missing
    assert all(words in reason for reason in result.reasons.values())
    for name in ("comparison", "effects", "tests"):
        assert (getattr(result, name) is None) == (name in missing)
    assert (result.factors is None) == ("effects" in missing)


@pytest.mark.parametrize(
    "rule",
    [
        Thresholds({"icc": 0.8}, compared="limit"),
        Thresholds({"icc": 0.8, "ccc": 0.8}, combine="any"),
        Thresholds({"icc": 0.8}, conditions=("ACC+STD",)),
        Thresholds({"icc": 0.8}, top=3),
        Thresholds({"icc": 0.8, "cv_paper": 0.2}),
    ],
)
def test_a_rule_beyond_thresholds_on_estimates_is_told_apart(rule):
    result = inferred(feature_table(), rule)
    assert not result.is_rule
    assert result.record()["definition"] == rule.describe()
    assert dict(result.thresholds) == {name: value for name, value in rule.limits.items() if name != "cv_paper"}


def test_tables_of_an_earlier_run_do_not_stay(tmp_path):
    write_inference(RunFolder(tmp_path), inferred(feature_table()))
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    tables = {"features.parquet", "summary.csv", "shares.csv", "ranks.csv", "overlap.csv"}
    assert files == {"effects.parquet", "variance.parquet", "tests.parquet", *(f"comparison/{name}" for name in tables)}
    write_inference(RunFolder(tmp_path), inferred(feature_table(conditions=CONDITIONS[:2], strategies=("raw",))))
    assert {path.name for path in tmp_path.rglob("*")} == {"tests.parquet", "variance.parquet"}
