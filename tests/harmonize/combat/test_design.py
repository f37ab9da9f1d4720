import numpy as np
import pandas as pd
import pytest

from harmonize import ComBat
from harmonize.combat.location_scale import LocationScale
from harmonize.combat.rivals import BatchZScore
from harmonize.errors import ConfigurationError


def table(rows_of_a: int = 25, rows_of_b: int = 25) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows_of_a + rows_of_b, 4)), columns=list("wxyz"))
    return frame.assign(scan=["A"] * rows_of_a + ["B"] * rows_of_b)


@pytest.mark.parametrize("model", [ComBat("scan"), ComBat("scan", mean_only=True), BatchZScore("scan")])
@pytest.mark.parametrize("factor", [1e200, 1e-200])
def test_values_whose_variance_a_float_cannot_hold_are_refused_by_name(model, factor, golden):
    frame = table()
    frame["x"] *= factor
    with golden.error(ConfigurationError):
        model.fit(frame)


@pytest.mark.parametrize("factor", [1e120, 1e-120])
def test_units_however_odd_do_not_matter(factor):
    frame = table()
    expected = ComBat("scan", reference="A").set_output(transform="pandas").fit_transform(frame)
    scaled = frame.assign(x=frame["x"] * factor)
    got = ComBat("scan", reference="A").set_output(transform="pandas").fit_transform(scaled)
    np.testing.assert_allclose(got["x"] / factor, expected["x"], rtol=1e-10)
    np.testing.assert_allclose(got.drop(columns="x"), expected.drop(columns="x"), rtol=1e-10)


@pytest.mark.filterwarnings("ignore::harmonize.combat.SmallBatchWarning")  # a batch of one row is the point
@pytest.mark.parametrize("empirical_bayes", [True, False])
def test_locations_alone_need_a_batch_to_take_the_variance_from(empirical_bayes, golden):
    options = {"mean_only": True, "empirical_bayes": empirical_bayes}
    assert np.isfinite(ComBat("scan", reference="B", **options).fit_transform(table(rows_of_a=1))).all()
    with golden.error(ConfigurationError):
        ComBat("scan", reference="A", **options).fit(table(rows_of_a=1))
    with golden.error(ConfigurationError):
        ComBat("scan", **options).fit(table(1, 1))


@pytest.mark.parametrize("model", [ComBat("scan", reference="A"), ComBat("scan"), BatchZScore("scan")])
def test_what_is_given_is_left_as_it_was(model):
    """Harmonizers work in place, on a copy of their own."""
    frame = table()
    kept = frame.copy(deep=True)
    model.fit(frame)
    model.transform(frame)
    model.fit_transform(frame)
    pd.testing.assert_frame_equal(frame, kept)
    array = frame.assign(scan=frame["scan"].map({"A": 0.0, "B": 1.0})).to_numpy()
    before = array.copy()
    type(model)(4).fit_transform(array)
    np.testing.assert_array_equal(array, before)


def test_a_fitted_model_maps_without_touching_its_input():
    model = ComBat("scan").fit(table())
    assert isinstance(model.effects_, LocationScale)
    values, codes = table().drop(columns="scan").to_numpy(copy=True), np.repeat([0, 1], 25)
    before = values.copy()
    out = model.effects_.apply(values, codes)
    np.testing.assert_array_equal(values, before)
    np.testing.assert_array_equal(model.effects_.apply(values, codes, overwrite=True), out)
    assert model.effects_.apply(values, codes, overwrite=True) is values


@pytest.mark.parametrize(
    ("labels", "reference", "said"),
    [
        ([1, 2], "1", "reference='1' is a text, but that batch is none; write reference=1"),
        ([1.5, 3.0], "1.5", "reference='1.5' is a text, but that batch is none; write reference=1.5"),
        (["1", "2"], 1, "reference=1 is no text, but that batch is; write reference='1'"),
        ([1, 2], "3", "reference='3' is not among the batches; known are: 1, 2"),
    ],
)
@pytest.mark.parametrize("model", [ComBat, BatchZScore])
def test_a_reference_of_another_type_than_its_batch_is_told_how_to_write_it(model, labels, reference, said):
    """It was asked whether '1' meant '1'."""
    frame = table()
    frame["scan"] = frame["scan"].map(dict(zip("AB", labels, strict=True)))
    with pytest.raises(ConfigurationError) as caught:
        model("scan", reference=reference).fit(frame)
    assert str(caught.value) == said
