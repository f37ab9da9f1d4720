import json

import numpy as np
import pandas as pd
import pytest

from harmonize.combat import (
    BatchZScore,
    ComBat,
    CovBat,
    GroupedHarmonizer,
    LongitudinalComBat,
    MixtureComBat,
    NestedComBat,
    NeuroComBat,
    ProtocolComBat,
    QuantileAlignment,
    ReferenceRegression,
    SmallBatchWarning,
)
from harmonize.digest import sealed
from harmonize.errors import ConfigurationError

FEATURES = list("wxyz")


@pytest.fixture
def table():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(10, 2, size=(200, 4)), columns=FEATURES)
    frame["scan"] = np.tile(["REF", "ACC"], 100)
    frame["roi"] = np.repeat(["liver", "spleen"], 100)
    frame["subject"], frame["site"] = np.repeat(np.arange(100), 2), np.tile(["A", "A", "B", "B"], 50)
    frame["age"] = rng.uniform(20, 80, 200)
    frame.loc[(frame["scan"] == "ACC") & (frame["roi"] == "liver"), FEATURES] += 3.0
    frame.loc[(frame["scan"] == "ACC") & (frame["roi"] == "spleen"), FEATURES] -= 5.0
    return frame


def fit(table, model=None, by=("roi",), features=FEATURES):
    return GroupedHarmonizer.fit(model or ComBat("scan", reference="REF"), table, features, by)


def test_each_group_equals_a_model_of_its_rows_alone(table):
    harmonized = fit(table).transform(table)
    for roi in ("liver", "spleen"):
        rows = table[table["roi"] == roi]
        alone = ComBat("scan", reference="REF").fit_transform(rows[["scan", *FEATURES]])
        np.testing.assert_array_equal(harmonized.loc[rows.index], alone)
    # one model for both would see shifts of +3 and -5 as one of -1
    together = fit(table, by=()).transform(table)
    assert abs(together["w"] - harmonized["w"]).max() > 2


def test_rows_may_come_in_any_order_and_number(table):
    fitted = fit(table)
    expected = fitted.transform(table)
    shuffled = table.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(fitted.transform(shuffled), expected.loc[shuffled.index])
    few = table[(table["roi"] == "liver") & (table["scan"] == "ACC")].iloc[:1]
    pd.testing.assert_frame_equal(fitted.transform(few), expected.loc[few.index])


def test_a_feature_that_a_group_does_not_have_stays_out_of_it(table, golden):
    table.loc[table["roi"] == "spleen", "z"] = np.nan
    fitted = fit(table)
    harmonized = fitted.transform(table)
    assert harmonized.loc[table["roi"] == "spleen", "z"].isna().all()
    assert harmonized.loc[table["roi"] == "liver", "z"].notna().all()
    table.loc[150, "z"] = 1.0
    with golden.error(ConfigurationError):
        fitted.transform(table)


SAVED = [
    ComBat("scan", reference="REF", continuous="age"),
    CovBat("scan"),
    BatchZScore("scan"),
    BatchZScore("scan", reference="REF"),
    QuantileAlignment("scan", reference="REF", n_quantiles=5),
    ReferenceRegression("scan", "subject", reference="REF"),
    LongitudinalComBat("scan", "subject", continuous="age"),
    NestedComBat(["scan", "site"], order="search", continuous="age"),
    ProtocolComBat(["age", "scan"], categorical="site", reference="40+REF"),
    MixtureComBat("scan", continuous="age"),
    MixtureComBat("scan", known=False),
]


@pytest.mark.filterwarnings("ignore::harmonize.combat.BiologyWarning")
@pytest.mark.parametrize("model", SAVED, ids=lambda model: type(model).__name__)
def test_a_saved_model_gives_the_same_bits(table, tmp_path, model):
    """Most harmonizers of a run could not be handed on in a whitelist."""
    fitted = fit(table, model)
    fitted.save(tmp_path / "m.json")
    loaded = GroupedHarmonizer.load(tmp_path / "m.json")
    assert (loaded.by, loaded.features, loaded.columns) == (fitted.by, fitted.features, fitted.columns)
    pd.testing.assert_frame_equal(loaded.transform(table), fitted.transform(table), check_exact=True)


def test_without_groups_it_is_saved_as_well(table, tmp_path):
    fit(table, by=()).save(tmp_path / "m.json")
    assert GroupedHarmonizer.load(tmp_path / "m.json").by == ()


def test_what_cannot_be_saved_says_so(table, tmp_path, golden):
    with golden.error(ConfigurationError):
        fit(table, NeuroComBat("scan")).save(tmp_path / "m.json")
    assert not (tmp_path / "m.json").exists()


def changed(path, change):
    """Change a model and sign it anew, as somebody with bad intentions would."""
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    for group in document["groups"]:
        if isinstance(group, dict) and isinstance(group.get("model"), dict) and "state" in group["model"]:
            group["model"] = resealed(group["model"])
    path.write_text(json.dumps(resealed(document)))


def resealed(document):
    return sealed({key: value for key, value in document.items() if key != "digest"})


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(version=2),
        lambda d: d.update(schema="other"),
        lambda d: d.update(groups=[]),
        lambda d: d.update(by=["roi", "scan"]),
        lambda d: d.update(by=[1]),
        lambda d: d["groups"].append(d["groups"][0]),
        lambda d: d["groups"][0].update(labels=[3]),
        lambda d: d["groups"][0].update(model=[]),
        lambda d: d["groups"][0]["model"].update(kind="os.system"),
        lambda d: d["groups"][0]["model"].update(kind=["ComBat"]),
        lambda d: d["groups"][0]["model"]["parameters"].update(batch="roi"),
        lambda d: d["groups"][1]["model"]["state"]["effects"].update(delta_star=[[0.0] * 4] * 2),
    ],
)
def test_a_changed_file_is_refused_part_by_part(table, tmp_path, change, golden):
    path = tmp_path / "m.json"
    fit(table).save(path)
    changed(path, change)
    with golden.error(ConfigurationError):
        GroupedHarmonizer.load(path)


def test_a_file_altered_without_a_new_digest_is_refused(table, tmp_path, golden):
    path = tmp_path / "m.json"
    fit(table).save(path)
    path.write_text(path.read_text(encoding="utf-8").replace('"liver"', '"heart"'))
    with golden.error(ConfigurationError):
        GroupedHarmonizer.load(path)
    path.write_text("{")
    with golden.error(ConfigurationError):
        GroupedHarmonizer.load(path)


def test_errors_name_the_group(table, golden):
    fitted = fit(table)
    other = table.assign(roi=table["roi"].replace("spleen", "kidney"))
    with golden.error(ConfigurationError):
        fitted.transform(other)
    with golden.error(ConfigurationError):
        fitted.transform(table.assign(scan=table["scan"].replace("ACC", "DLR")))
    one = table.copy()
    one.loc[one.index[0], "scan"] = "LONE"
    with (
        golden.error(ConfigurationError),
    ):
        fit(one)
    empty = table.assign(**dict.fromkeys(FEATURES, np.nan))
    with golden.error(ConfigurationError):
        fit(empty)


def test_roles_are_checked_first(table, golden):
    with golden.error(ConfigurationError):
        fit(table, by=["scan"])
    with golden.error(ConfigurationError):
        fit(table, by=["organ"])
    table.loc[3, "roi"] = None
    with golden.error(ConfigurationError):
        fit(table)


def test_untouched_features_are_listed_by_group(table):
    table.loc[table["roi"] == "liver", "w"] = 7.0
    assert fit(table).untouched() == {("liver",): ("w",)}


def test_small_batches_warn_through(table, golden):
    with golden.warning(SmallBatchWarning):
        fit(table.iloc[:20])
