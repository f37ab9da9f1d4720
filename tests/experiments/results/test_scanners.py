import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.icc import icc
from experiments.results.scanners import scanner_counts, scanner_table, scanners_of, within_strategies

SUBJECTS = [f"S{i:02}" for i in range(16)]
VENDORS = ["GE"] * 8 + ["Siemens"] * 8
FEATURES = [f"original_glcm_F{i}" for i in range(60)]


@pytest.fixture
def features():
    """People with an ICC of .5, on scanners 3 SD (of a value) apart."""
    rng = np.random.default_rng(1)
    people = rng.normal(size=(16, 60)) + 3 * np.sqrt(2) * (np.array(VENDORS) == "GE")[:, None]
    return pd.concat(
        [
            pd.DataFrame(people + rng.normal(size=people.shape), columns=FEATURES).assign(
                strategy="none", subject=SUBJECTS, sequence="T2", condition=condition, roi="liver"
            )
            for condition in ("REF", "ACC")
        ],
        ignore_index=True,
    )


@pytest.fixture
def protocol():
    one = pd.DataFrame({"subject": SUBJECTS, "sequence": "T2", "manufacturer": VENDORS, "field_strength_t": "3.0"})
    return pd.concat([one.assign(condition=name, source="DICOM") for name in ("REF", "ACC")], ignore_index=True)


def test_an_icc_that_comes_from_scanners_is_gone_within_them(features, protocol):
    row, *_ = scanner_table(features, "REF", protocol, 0.9).to_dict("records")
    assert row["scanners"] == "GE 3 T: 8; Siemens 3 T: 8"
    assert (row["n_subjects"], row["n_total"], row["n_computed"], row["status"]) == (16, 60, 60, "ok")
    values = features.set_index(["condition", "subject"])[FEATURES]
    pairs = np.stack([values.loc[name].to_numpy().T for name in ("REF", "ACC")], axis=-1)
    assert row["icc_median"] == pytest.approx(np.median(icc(pairs, level=None).estimate))
    assert row["icc_median"] > 0.8
    assert row["icc_median_within"] == pytest.approx(0.5, abs=0.08)
    assert row["icc_share"] > row["icc_share_within"]
    lower, *_ = scanner_table(features, "REF", protocol, 0.5).to_dict("records")
    assert lower["threshold"] == 0.5
    assert lower["icc_share_within"] > row["icc_share_within"]


def test_a_column_of_the_table_of_images_comes_before_the_headers(features, protocol):
    stated = features.assign(Scanner=["A", "B"] * 16)
    assert scanner_counts(scanner_table(stated, "REF", protocol, 0.9)) == ("A: 8", "B: 8")
    same = features.assign(Scanner="A")
    assert scanner_counts(scanner_table(same, "REF", protocol, 0.9)) == ("GE 3 T: 8", "Siemens 3 T: 8")
    assert scanner_counts(scanner_table(stated, "REF", None, 0.9)) == ("A: 8", "B: 8")


def test_one_scanner_or_nothing_that_tells_gives_no_table(features, protocol):
    assert scanner_table(features, "REF", None, 0.9) is None
    assert scanner_table(features, "REF", protocol.assign(manufacturer="GE"), 0.9) is None
    assert scanner_table(features, "REF", protocol.drop(columns=["manufacturer", "field_strength_t"]), 0.9) is None


def test_spelling_is_no_other_scanner(features, protocol):
    protocol["manufacturer"] = ["SIEMENS", "Siemens "] * 16
    assert scanner_table(features, "REF", protocol, 0.9) is None


def test_conditions_on_different_scanners_are_not_mixed_even_where_a_scan_is_missing(features, protocol):
    """A subject without one of the scans would have been on fewer scanners than the others."""
    protocol["manufacturer"] = protocol["condition"]
    assert scanner_table(features.drop(index=3), "REF", protocol.drop(index=3), 0.9) is None
    as_factor = features.assign(scanner=features["condition"]).drop(index=3)
    assert scanner_table(as_factor, "REF", None, 0.9) is None


def test_subjects_whose_scanner_is_not_known_are_in_neither_figure(features, protocol):
    protocol.loc[protocol["subject"] == "S00", ["manufacturer", "field_strength_t"]] = ""
    row, *_ = scanner_table(features, "REF", protocol, 0.9).to_dict("records")
    values = features[features["subject"] != "S00"].set_index(["condition", "subject"])[FEATURES]
    pairs = np.stack([values.loc[name].to_numpy().T for name in ("REF", "ACC")], axis=-1)
    assert row["n_subjects"] == 15
    assert row["icc_median"] == pytest.approx(np.median(icc(pairs, level=None).estimate))


def test_a_scanner_for_each_subject_is_too_few(features, protocol):
    protocol["manufacturer"] = protocol["subject"]
    row, *_ = scanner_table(features, "REF", protocol, 0.9).to_dict("records")
    assert (row["n_computed"], row["status"]) == (0, "too_few")
    assert np.isnan([row["icc_median"], row["icc_share"], row["icc_share_within"]]).all()


def test_field_strengths_have_their_unit_and_numbers_of_scanners_stay(features):
    """A scanner was shown as "GE SIGNA 3: 7"."""
    assert scanners_of(features.assign(field_strength=[1.5, 2.98] * 16), None)["T2"]["REF"]["S01"] == "3 T"
    assert scanners_of(features.assign(field_strength="3T"), None)["T2"]["REF"]["S01"] == "3T"
    assert scanners_of(features.assign(station="007"), None)["T2"]["REF"]["S01"] == "007"


def test_each_scanner_has_the_icc_of_its_own_subjects(features, protocol):
    """It was pooled alone, so that nobody saw which scanner carries what is left."""
    few = protocol.assign(manufacturer=["GE"] * 8 + ["Siemens"] * 5 + ["Philips"] * 3 + VENDORS)
    few.loc[16:, "manufacturer"] = few["manufacturer"][:16].to_numpy()
    pooled, *each = scanner_table(features, "REF", few, 0.9).to_dict("records")
    assert [row["scanner"] for row in (pooled, *each)] == ["", "GE 3 T", "Siemens 3 T", "Philips 3 T"]
    assert [(row["n_subjects"], row["status"]) for row in each] == [(8, "ok"), (5, "too_few"), (3, "too_few")]
    assert [row["n_computed"] for row in each] == [60, 0, 0]
    values = features[features["subject"] <= "S07"].set_index(["condition", "subject"])[FEATURES]
    pairs = np.stack([values.loc[name].to_numpy().T for name in ("REF", "ACC")], axis=-1)
    own = icc(pairs, level=None).estimate
    assert each[0]["icc_median_within"] == pytest.approx(np.median(own))
    assert each[0]["icc_share_within"] == pytest.approx(np.mean(own > 0.9))
    assert np.isnan(each[1]["icc_median_within"])


def test_who_changed_scanners_between_the_conditions_is_a_group_of_its_own(features, protocol):
    protocol.loc[(protocol["condition"] == "ACC") & (protocol["subject"] >= "S14"), "manufacturer"] = "GE"
    table = scanner_table(features, "REF", protocol, 0.9)
    assert table["scanner"].tolist() == ["", "GE 3 T", "Siemens 3 T", "Siemens 3 T / GE 3 T"]
    assert table["n_subjects"].tolist() == [16, 8, 6, 2]
    assert table["status"].tolist() == ["ok", "ok", "ok", "too_few"]


def test_strategies_have_the_figures_over_all_mixed_sequences(features, protocol):
    two = pd.concat([features, features.assign(sequence="T1", **{name: features[name] ** 3 for name in FEATURES})])
    of_both = pd.concat([protocol, protocol.assign(sequence="T1")])
    every, first, *_ = scanner_table(two, "REF", of_both, 0.9).to_dict("records")
    assert (every["sequence"], every["scanner"], every["n_total"]) == ("", "", 120)
    assert first["sequence"] in {"T1", "T2"}
    told = within_strategies(scanner_table(two, "REF", of_both, 0.9))
    assert told == {
        "none": {
            "icc_median_within_scanners": every["icc_median_within"],
            "icc_share_within_scanners": every["icc_share_within"],
        }
    }
    (one,) = within_strategies(scanner_table(features, "REF", protocol, 0.9)).values()
    assert one["icc_median_within_scanners"] == pytest.approx(0.5, abs=0.08)
    assert within_strategies(None) == {}
