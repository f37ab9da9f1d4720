import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ProtocolComBat, ProtocolRangeWarning, leave_one_group_out
from harmonize.errors import ConfigurationError

FEATURES = list("abcdefgh")


@pytest.fixture
def table():
    """Features whose location and scale follow echo time and scanner; age is to be kept."""
    rng = np.random.default_rng(0)
    n = 120
    table = pd.DataFrame({"TE": rng.choice([80.0, 90, 100, 120], n), "scanner": rng.choice(["A", "B"], n)})
    table["age"] = rng.uniform(20, 80, n)
    z, b = (table["TE"].to_numpy() - 80.0) / 40.0, (table["scanner"] == "B").to_numpy(float)
    for name in FEATURES:
        noise = rng.normal(size=n) * np.exp(0.5 * z)
        table[name] = 5.0 + 0.03 * table["age"] + rng.normal(2.0, 0.2) * z + rng.normal(1.0, 0.3) * b + noise
    return table


def left(values, table):
    """Give the slopes of values on echo time (over its range), scanner and age."""
    design = np.column_stack(
        [np.ones(len(table)), (table["TE"] - 80.0) / 40.0, table["scanner"] == "B", table["age"]]
    ).astype(float)
    return np.linalg.lstsq(design, values, rcond=None)[0][1:]


def test_effects_of_numbers_and_names_go_and_covariates_stay(table):
    model = ProtocolComBat(["TE", "scanner"], continuous="age", reference="80+A")
    after = model.fit_transform(table)
    echo_time, scanner, age = left(after, table)
    assert abs(echo_time).max() < 0.4
    assert abs(scanner).max() < 0.4
    np.testing.assert_allclose(age.mean(), 0.03, atol=0.005)
    assert model.known_batches == {"scanner": ("A", "B")}
    assert model.ranges_ == {"TE": (80.0, 120.0)}
    stays = ((table["TE"] == 80) & (table["scanner"] == "A")).to_numpy()
    np.testing.assert_array_equal(after[stays], table.loc[stays, FEATURES])


def test_values_between_those_learned_from_are_adjusted(table):
    table = table.drop(columns=["scanner", "age"])
    model = ProtocolComBat("TE", mean_only=True, reference="80").fit(table)
    row = table.iloc[[0]].assign(TE=105.0)
    moved = row[FEATURES].to_numpy() - model.transform(row)
    at_end = row[FEATURES].to_numpy() - model.transform(row.assign(TE=120.0))
    np.testing.assert_allclose(moved, at_end * 25 / 40, rtol=1e-9)


def test_values_outside_are_told_or_refused(table, golden):
    table = table.drop(columns=["scanner", "age"])
    row = table.iloc[[0]]
    with golden.warning(ProtocolRangeWarning):
        held = ProtocolComBat("TE").fit(table).transform(row.assign(TE=200.0))
    np.testing.assert_array_equal(held, ProtocolComBat("TE").fit(table).transform(row.assign(TE=120.0)))
    with golden.error(ConfigurationError):
        ProtocolComBat("TE", outside="refuse").fit(table).transform(row.assign(TE=79.0))


def test_numbers_written_as_texts_are_numbers(table):
    plain = ProtocolComBat(["TE", "scanner"], continuous="age").fit_transform(table)
    texts = table.astype({"TE": str, "age": str})
    np.testing.assert_array_equal(ProtocolComBat(["TE", "scanner"], continuous="age").fit_transform(texts), plain)


def test_held_out_rows_are_harmonized(table):
    groups = np.arange(len(table)) // 4
    after = leave_one_group_out(ProtocolComBat(["TE", "scanner"], continuous="age"), table, groups)
    assert abs(left(after, table)[:2]).mean() < 0.3


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ({"batches": ()}, {}),
        ({"outside": "drop"}, {}),
        ({"mean_only": "yes"}, {}),
        ({"reference": "80+A"}, {}),
        ({"reference": "60"}, {}),
        ({"reference": "short"}, {}),
        ({}, {"TE": lambda _: 80.0}),
        ({}, {"TE": lambda t: t["TE"].astype(str).where(t.index > 0, "8O")}),
        ({}, {"TE": lambda t: t["TE"].where(t.index > 3)}),
        ({}, {"a": lambda t: t["a"].where(t.index > 3)}),
        ({"batches": ("TE", "again")}, {"again": lambda t: 2.0 * t["TE"]}),
        ({"batches": ("TE", "site")}, {"site": lambda t: [f"s{i}" for i in range(len(t))]}),
    ],
)
def test_what_cannot_be_told_apart_is_refused(table, options, change, golden):
    table = table.drop(columns=["scanner", "age"]).assign(**change)
    with golden.error(ConfigurationError):
        ProtocolComBat(**{"batches": "TE", **options}).fit(table)


@pytest.mark.parametrize(
    ("part", "value"), [("ranges", [None, None]), ("origin", [0.0]), ("protocol", []), ("effects", 3)]
)
def test_what_strangers_wrote_is_checked(table, part, value, golden, monkeypatch):
    model = ProtocolComBat(["TE", "scanner"], continuous="age").fit(table)
    state = {**model._state(), part: value}
    monkeypatch.setattr(ProtocolComBat, "_state", lambda _: state)
    document = model.to_document()
    with golden.error(ConfigurationError):
        ProtocolComBat.from_document(document)


@pytest.mark.parametrize(("reference", "read"), [("80+GE+HC", 0), ("80.0+GE", 1), ("80", None), ("80+a+b", None)])
def test_a_level_of_the_reference_may_have_a_plus_in_its_name(reference, read):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(40, 4)), columns=list("wxyz"))
    X = X.assign(TE=np.tile([80, 90], 20), scanner=np.repeat(["GE+HC", "GE"], 20))
    model = ProtocolComBat(["TE", "scanner"], reference=reference)
    if read is None:
        with pytest.raises(ConfigurationError, match="expected a value for each of"):
            model.fit(X)
        return
    model.fit(X)
    stays = (X["TE"] == 80) & (X["scanner"] == ["GE+HC", "GE"][read])
    np.testing.assert_allclose(model.transform(X)[stays], X.loc[stays, list("wxyz")], rtol=1e-12)
