import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.ccc import ccc, overall_ccc
from evaluation.reliability.contrasts import absent_values
from evaluation.reliability.dispersion import cv, qcd
from evaluation.reliability.icc import icc
from evaluation.reliability.statistics import STATISTICS, usual
from evaluation.reliability.table import reliability_table
from evaluation.tables import FEATURE_KEYS, RELIABILITY_COLUMNS, feature_columns
from harmonize.errors import ConfigurationError

CONDITIONS = ["REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR"]
FEATURES = ["original_firstorder_Mean", "original_glcm_Contrast", "original_ngtdm_Busyness"]
REFERENCE = "REF+STD"


def feature_table(strategies=("none", "n4"), sequences=("T2", "T1"), rois=("liver", "spleen"), n=17, seed=0):
    keys = pd.MultiIndex.from_product(
        [strategies, [f"S{i:02d}" for i in range(n)], sequences, CONDITIONS, rois], names=FEATURE_KEYS
    )
    values = np.random.default_rng(seed).lognormal(1, 0.4, (len(keys), len(FEATURES)))
    return pd.DataFrame(values, columns=FEATURES, index=keys).reset_index()


def block(table, strategy, sequence, roi, feature):
    """Arrange one feature as (subjects, conditions) by pandas, a second way."""
    rows = table[(table["strategy"] == strategy) & (table["sequence"] == sequence) & (table["roi"] == roi)]
    return rows.pivot(index="subject", columns="condition", values=feature)[CONDITIONS].to_numpy()


def row(result, strategy, sequence, roi, feature, condition, statistic):
    keys = ["strategy", "sequence", "roi", "feature", "condition", "statistic"]
    return result.set_index(keys).loc[(strategy, sequence, roi, feature, condition, statistic)]


@pytest.mark.parametrize(
    ("chosen", "of_icc", "of_ccc"),
    [({}, "jackknife", "jackknife"), ({"icc_interval": "mcgraw-wong", "ccc_interval": "lin"}, "mcgraw-wong", "lin")],
)
def test_every_row_is_what_the_array_functions_give(chosen, of_icc, of_ccc):
    table = feature_table().sample(frac=1, random_state=1)
    table.loc[table.index[5], FEATURES[1]] = np.nan
    result = reliability_table(table, REFERENCE, icc_form="C,1", level=0.9, quartiles="weibull", **chosen)

    assert tuple(result.columns) == RELIABILITY_COLUMNS
    assert len(result) == 2 * 2 * 2 * 3 * (3 * 2 + 4)
    for (strategy, sequence, roi, feature), rows in result.groupby(["strategy", "sequence", "roi", "feature"]):
        values = block(table, strategy, sequence, roi, feature)
        for line in rows.itertuples():
            if line.condition == "all":
                mode = "absolute" if line.statistic.endswith("_paper") else "refuse"
                expected = cv(values, mode) if line.statistic.startswith("cv") else qcd(values, "weibull", mode)
            else:
                pair = values[:, [0, CONDITIONS.index(line.condition)]]
                agreement = {"icc": icc(pair, "C,1", 0.9, of_icc), "ccc": ccc(*pair.T, level=0.9, interval=of_ccc)}
                expected = agreement[line.statistic]
                assert (line.lower, line.upper) == pytest.approx((float(expected.lower), float(expected.upper)))
            assert line.estimate == pytest.approx(float(expected.estimate), rel=1e-10)
            assert (line.n, line.status) == (int(expected.n), str(expected.status))


def test_the_statistics_are_the_declared_ones():
    result = reliability_table(feature_table(), REFERENCE)

    assert set(result["statistic"]) == set(usual())
    assert set(result.loc[result["condition"] == "all", "statistic"]) == {"cv", "qcd", "cv_paper", "qcd_paper"}


def test_other_statistics_are_rows_on_request():
    table = feature_table()
    wanted = ("spearman", "icc_c1", "icc_all", "wsd", "loa_upper", "cv")
    result = reliability_table(table, REFERENCE, statistics=wanted)
    values = block(table, "n4", "T1", "spleen", FEATURES[1])
    where = ("n4", "T1", "spleen", FEATURES[1])

    assert tuple(pd.unique(result["statistic"])) == ("spearman", "icc_c1", "loa_upper", "icc_all", "wsd", "cv")
    assert row(result, *where, "ACC+DLR", "icc_c1")["estimate"] == pytest.approx(icc(values[:, [0, 3]], "C,1").estimate)
    assert row(result, *where, "all", "icc_all")["lower"] == pytest.approx(icc(values, interval="jackknife").lower)
    assert row(result, *where, "all", "cv")["estimate"] == pytest.approx(cv(values).estimate)
    everything = reliability_table(table, REFERENCE, statistics=list(STATISTICS))
    assert set(everything["statistic"]) == set(STATISTICS)
    default = reliability_table(table, REFERENCE)
    merged = default.merge(everything, on=list(RELIABILITY_COLUMNS[:6]))
    np.testing.assert_array_equal(merged["estimate_x"], merged["estimate_y"])
    assert len(merged) == len(default)


@pytest.mark.parametrize(
    "wanted",
    [
        ("icc", "spearmann"),
        (),
        ("icc", "icc"),
    ],
)
def test_bad_choices_of_statistics_are_refused(wanted, golden):
    with golden.error(ConfigurationError):
        reliability_table(feature_table(), REFERENCE, statistics=wanted)


def test_a_missing_subject_drops_out_of_its_contrast_and_of_the_statistics_over_all_conditions():
    table = feature_table(n=10)
    lost = (table["subject"] == "S03") & (table["condition"] == "ACC+STD") & (table["roi"] == "liver")
    result = reliability_table(table[~lost], REFERENCE)
    where = ("none", "T2", "liver", FEATURES[0])

    assert row(result, *where, "ACC+STD", "icc")["n"] == 9
    assert row(result, *where, "ACC+DLR", "icc")["n"] == 10
    assert row(result, *where, "all", "cv")["n"] == 9
    assert row(result, "none", "T2", "spleen", FEATURES[0], "ACC+STD", "icc")["n"] == 10


def test_a_group_without_the_reference_says_so():
    table = feature_table()
    table = table[~((table["condition"] == REFERENCE) & (table["roi"] == "spleen") & (table["sequence"] == "T1"))]
    result = reliability_table(table, REFERENCE)
    lacking = result[(result["roi"] == "spleen") & (result["sequence"] == "T1")]
    against = lacking[lacking["condition"] != "all"]

    assert len(against) == 2 * 3 * 3 * 2
    assert (against["status"] == "no_reference").all()
    assert against["estimate"].isna().all()
    assert (lacking.loc[lacking["condition"] == "all", "status"] == "absent_condition").all()
    assert result.drop(lacking.index)["estimate"].notna().all()


def test_a_feature_that_one_reader_lacks_names_the_reader():
    """Regression: it was `too_few` with n = 0 for all readers, and nothing said whose values were missing."""
    table = feature_table()
    table.loc[table["condition"] == "ACC+DLR", FEATURES[0]] = np.nan
    result = reliability_table(table, None)
    lacking = result["feature"] == FEATURES[0]
    assert (result.loc[lacking, "status"] == "absent_condition").all()
    assert (result.loc[~lacking, "status"] != "absent_condition").all()
    assert absent_values(table) == {"ACC+DLR": (FEATURES[0],)}
    against = reliability_table(table, REFERENCE)
    pairs = against[(against["feature"] == FEATURES[0]) & (against["condition"] == "ACC+STD")]
    assert pairs["estimate"].notna().all()  # what does not need that reader is computed


def test_strategies_have_the_same_rows_whatever_failed_in_them():
    table = feature_table()
    failed = (table["strategy"] == "n4") & (
        (table["roi"] == "spleen") | ((table["sequence"] == "T1") & (table["condition"] == "ACC+DLR"))
    )
    result = reliability_table(table[~failed], REFERENCE)
    keys = ["sequence", "roi", "feature", "condition", "statistic"]
    of_each = [rows[keys].sort_values(keys).to_numpy().tolist() for _, rows in result.groupby("strategy")]

    assert of_each[0] == of_each[1]
    assert row(result, "n4", "T1", "liver", FEATURES[0], "ACC+DLR", "icc")[["n", "status"]].tolist() == [0, "too_few"]
    spleen = result[(result["strategy"] == "n4") & (result["roi"] == "spleen")]
    assert spleen["estimate"].isna().all()
    assert (spleen["n"] == 0).all()


def test_a_feature_that_a_strategy_does_not_extract_has_no_rows_there():
    table = feature_table()
    table.loc[table["strategy"] == "n4", FEATURES[2]] = np.nan
    result = reliability_table(table, REFERENCE)

    assert set(result.loc[result["strategy"] == "n4", "feature"]) == set(FEATURES[:2])
    assert set(result.loc[result["strategy"] == "none", "feature"]) == set(FEATURES)


def test_a_sequence_under_one_condition_has_nothing_to_compare():
    table = feature_table()
    table = table[(table["sequence"] == "T2") | (table["condition"] == REFERENCE)]
    alone = reliability_table(table, REFERENCE).query("sequence == 'T1'")

    assert set(alone["condition"]) == {"all"}
    assert (alone["status"] == "too_few").all()


def test_signed_features_are_refused_honestly_and_computed_for_papers():
    table = feature_table(strategies=("none",), sequences=("T2",), rois=("liver",))
    table[FEATURES[0]] = np.random.default_rng(3).normal(size=len(table))
    result = reliability_table(table, REFERENCE)
    honest = row(result, "none", "T2", "liver", FEATURES[0], "all", "cv")
    paper = row(result, "none", "T2", "liver", FEATURES[0], "all", "cv_paper")

    assert np.isnan(honest["estimate"])
    assert paper["estimate"] > 0
    assert honest["status"] == paper["status"] == "near_zero_mean"


def test_the_order_of_rows_does_not_matter():
    table = feature_table()
    keys = list(RELIABILITY_COLUMNS[:6])
    first = reliability_table(table, REFERENCE).sort_values(keys, ignore_index=True)
    second = reliability_table(table.sample(frac=1, random_state=2), REFERENCE).sort_values(keys, ignore_index=True)

    pd.testing.assert_frame_equal(first, second, rtol=1e-9)


def test_an_unknown_reference_is_refused_with_the_nearest_name(golden):
    with golden.error(ConfigurationError):
        reliability_table(feature_table(), "REF-STD")


def test_a_table_that_breaks_its_schema_is_refused(golden):
    with golden.error(ConfigurationError):
        reliability_table(feature_table().drop(columns="roi"), REFERENCE)


def published_test_retest_table(data_root):
    """Read PyRadiomics tables of 15 prostates scanned twice; each bin width is a strategy."""
    parts = []
    for path in sorted((data_root / "qin_prostate_repeat").glob("*.csv.gz")):
        raw = pd.read_csv(path, sep=";")
        visits = raw["study"].str.rsplit("_", n=2, expand=True)
        names = [name for name in feature_columns(raw) if name.startswith("original_")]
        keys = pd.DataFrame(
            {
                "strategy": path.name.split("_")[-1].removesuffix(".csv.gz"),
                "subject": visits[0],
                "sequence": raw["canonicalType"],
                "condition": visits[1].groupby(visits[0]).transform(lambda days: days.rank(method="dense")).astype(int),
                "roi": raw["segmentedStructure"],
            }
        )
        keys["condition"] = keys["condition"].map({1: "test", 2: "retest"})
        parts.append(pd.concat([keys, raw[names].astype(np.float64)], axis=1))
    return pd.concat(parts, ignore_index=True)


def test_published_test_retest_tables_of_the_prostate(data_root):
    table = published_test_retest_table(data_root)
    result = reliability_table(table, "test")
    volume = result.query(
        "strategy == 'bin20' and roi == 'WholeGland' and statistic == 'icc' and feature == 'original_shape_Volume'"
    ).iloc[0]
    texture = result.query("feature == 'original_glcm_JointEntropy' or feature == 'original_glcm_Contrast'")

    assert set(table["strategy"]) == {"bin10", "bin20", "bin40"}
    assert volume["n"] == 15
    assert volume["estimate"] > 0.9
    # Shape does not depend on the bin width, texture does.
    shape = result[result["feature"].str.contains("_shape_")].pivot(
        index=["roi", "feature", "condition", "statistic"], columns="strategy", values="estimate"
    )
    np.testing.assert_allclose(shape["bin10"], shape["bin40"], rtol=1e-9)
    assert texture.groupby("strategy")["estimate"].median().nunique() == 3
    # The tumour was drawn in fewer than all patients at both visits: n says so.
    tumour = result.query("roi == 'TumorROI_PZ_1' and statistic == 'icc'")
    assert tumour["n"].between(5, 14).all()


def test_without_a_reference_all_conditions_are_compared_at_once():
    table = feature_table(n=9)
    table.loc[table.index[5], FEATURES[1]] = np.nan
    result = reliability_table(table, None, icc_form="C,1", level=0.9)
    assert result["condition"].unique().tolist() == ["all"]
    assert result["statistic"].unique().tolist() == list(usual(False))
    assert len(result) == 2 * 2 * 2 * 3 * len(usual(False))
    for (strategy, sequence, roi, feature), rows in result.groupby(["strategy", "sequence", "roi", "feature"]):
        values = block(table, strategy, sequence, roi, feature)
        rows = rows.set_index("statistic")
        expected = icc(values, "C,1", 0.9, "jackknife")
        assert rows.loc["icc", ["estimate", "lower", "upper"]].to_numpy(dtype=float) == pytest.approx(
            [float(expected.estimate), float(expected.lower), float(expected.upper)]
        )
        assert rows.loc["overall_ccc", "estimate"] == pytest.approx(float(overall_ccc(values).estimate))
        assert rows["n"].unique().tolist() == [int(expected.n)]


def test_shrout_and_fleiss_without_a_reference():
    """Six subjects, four judges: ICC(A,1) .28976378 (.018786513 to .76108437)."""
    judges = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
    table = pd.concat(
        pd.DataFrame({FEATURES[0]: judges[:, j]}).assign(
            strategy="all", subject=range(6), sequence="all", condition=f"judge {j}", roi="all"
        )
        for j in range(4)
    )
    row = reliability_table(table, None, statistics=["icc"], icc_interval="mcgraw-wong").iloc[0]
    assert (row["estimate"], row["lower"], row["upper"]) == pytest.approx((0.28976378, 0.018786513, 0.76108437))


@pytest.mark.parametrize("name", ["ccc", "bias", "spearman", "icc_c1"])
def test_what_needs_a_reference_is_refused_without_one(name, golden):
    with golden.error(ConfigurationError):
        reliability_table(feature_table(), None, statistics=["icc", name])
