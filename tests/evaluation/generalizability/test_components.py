import numpy as np
import pandas as pd
import pytest

from evaluation.generalizability.components import facet_components
from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.reliability.icc import icc
from harmonize.errors import ConfigurationError

SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
READER = FacetDesign((Facet("reader"),))
MODELS = {
    "random": FacetDesign((Facet("reader"), Facet("condition"))),
    "fixed": FacetDesign((Facet("reader"), Facet("condition", fixed=True)), ("reader:condition",)),
}


def as_dict(part, feature=0):
    return dict(zip(part.names, part.estimate[feature].tolist(), strict=True))


def statuses(part, feature=0):
    return dict(zip(part.names, part.status[feature].tolist(), strict=True))


def test_the_example_of_shrout_and_fleiss_1979():
    """Mean squares 11.24 of targets, 32.49 of judges, 1.02 of error; ICC(2,1), (3,1), (2,k), (3,k)."""
    found = facet_components(SHROUT_FLEISS[None], READER)
    wanted = {"subject": 2.5556, "reader": 5.2444, "residual": 1.0194}
    assert as_dict(found.components) == pytest.approx(wanted, abs=1e-4)
    wanted = {
        "phi": 0.28976378,
        "g": 0.71484071,
        "phi_mean": 0.62005055,
        "g_mean": 0.90931554,
        "icc[reader]": 0.28976378,
    }
    assert as_dict(found.coefficients) == pytest.approx(wanted, abs=1e-7)


def test_nested_repeats_are_the_one_way_design():
    found = facet_components(SHROUT_FLEISS[None], FacetDesign((Facet("repeat", nested="subject"),)))
    assert as_dict(found.coefficients)["phi"] == pytest.approx(0.16574177, abs=1e-7)


def test_sessions_nested_in_subjects_and_crossed_with_readers_are_those_of_lme4():
    """(1 | subject) + (1 | reader) + (1 | subject:session) + (1 | subject:reader), bobyqa, with eight cells missing."""
    rng = np.random.default_rng(41)
    sizes = ((8, 1, 1, 2.0), (1, 1, 3, 0.5), (8, 2, 1, 0.9), (8, 1, 3, 0.5), (8, 2, 3, 0.5))
    values = 50 + sum(sd * rng.normal(size=size) for *size, sd in sizes)
    values[2, 1] = values[5, 1, 0] = values[6, 0, 2] = values[7, 1] = np.nan
    found = facet_components(values[None], FacetDesign((Facet("session", nested="subject"), Facet("reader"))))
    wanted = {
        "subject": 3.4516558649089,
        "reader": 0.0294341790655,
        "subject:session": 0.2258194952531,
        "subject:reader": 0.2705444678302,
        "residual": 0.1604155181191,
    }
    assert as_dict(found.components) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("table", ["complete", "missing"])
def test_components_are_those_of_lme4(reference_root, table, model):
    rows = pd.read_csv(reference_root / "facets" / f"facets_{table}.csv")
    wanted = pd.read_csv(reference_root / "facets" / "facets_lme4.csv").query("set == @table and model == @model")
    codes = [pd.factorize(rows[name])[0] for name in ("subject", "reader", "condition")]
    features = [f"f0{number}" for number in range(1, 7)]
    values = np.full((6, *(code.max() + 1 for code in codes)), np.nan)
    values[(slice(None), *codes)] = rows[features].to_numpy().T
    design = MODELS[model]
    found = facet_components(values, design)
    for position, feature in enumerate(features):
        by_name = wanted[wanted["feature"] == feature].set_index("component")["variance"].to_dict()
        of_lme4 = np.array([by_name[name.replace("residual", "Residual")] for name in design.names])
        # lme4's search ends within 1e-6 of the sum of all components.
        np.testing.assert_allclose(found.components.estimate[position], of_lme4, atol=1e-6 * of_lme4.sum())


def test_agreement_over_a_fixed_facet_counts_shifts():
    """A fixed facet has no component, but a shift between its levels is disagreement, as in ICC(A,1)."""
    values = np.random.default_rng(0).normal(size=(1, 15, 1)) + np.array([0.0, 1.0]) + np.zeros((1, 15, 2))
    values += 0.1 * np.random.default_rng(1).normal(size=values.shape)
    found = facet_components(values, FacetDesign((Facet("acquisition", fixed=True),)))
    assert found.components.names == ("subject", "residual")
    assert as_dict(found.coefficients)["icc[acquisition]"] == pytest.approx(icc(values[0]).estimate.item())
    assert as_dict(found.coefficients)["g"] > 0.9


def test_a_facet_with_one_level_is_named_and_the_rest_is_given():
    values = np.concatenate([SHROUT_FLEISS[None, :, :, None], np.full((1, 6, 4, 1), np.nan)], axis=3)
    found = facet_components(values, FacetDesign((Facet("reader"), Facet("scanner"))))
    told = statuses(found.components)
    assert {name for name, status in told.items() if status == "too_few"} == {
        "scanner",
        "subject:scanner",
        "reader:scanner",
    }
    assert told["subject:reader"] == "confounded"  # with the residual, which holds it
    assert as_dict(found.components)["subject"] == pytest.approx(2.5556, abs=1e-4)
    assert statuses(found.coefficients)["icc[scanner]"] == "too_few"
    assert as_dict(found.coefficients)["icc[reader]"] == pytest.approx(0.28976378, abs=1e-7)


def test_confounded_facets_are_named_and_the_rest_is_given():
    """Reader A read scanner 1 only, B scanner 2: what is theirs cannot be told, that of subjects can."""
    rng = np.random.default_rng(2)
    values = np.full((1, 20, 2, 2), np.nan)
    both = rng.normal(size=(20, 1)) + 0.5 * rng.normal(size=(20, 2))
    values[0, :, [0, 1], [0, 1]] = both.T
    found = facet_components(values, FacetDesign((Facet("reader"), Facet("scanner"))))
    told = statuses(found.components)
    assert told["subject"] == "ok"
    assert {told[name] for name in ("reader", "scanner", "reader:scanner")} == {"confounded"}
    of_reader = facet_components(both[None], READER)
    assert found.share[0, 0] == pytest.approx(of_reader.share[0, 0])  # of a sum that holds what is not told apart
    assert as_dict(found.components)["subject"] == pytest.approx(
        as_dict(facet_components(both[None], READER).components)["subject"]
    )


def test_a_component_at_zero_says_so():
    values = np.random.default_rng(3).normal(size=(1, 20, 4))
    values -= values.mean(axis=1, keepdims=True)
    found = facet_components(values, READER)
    assert as_dict(found.components)["reader"] == 0
    assert statuses(found.components)["reader"] == "boundary"


def test_subjects_that_do_not_differ_have_no_reliability_and_say_so():
    values = np.random.default_rng(4).normal(size=(1, 20, 4))
    values -= values.mean(axis=2, keepdims=True)
    found = facet_components(values, READER)
    assert as_dict(found.coefficients)["phi"] == 0
    assert statuses(found.coefficients)["phi"] == "no_subject_variance"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        (np.full((1, 5, 3), 7.3), "constant"),
        (np.full((1, 5, 3), np.nan), "too_few"),
        (np.where(np.arange(5)[:, None] == 2, [[1.0, 2.0, 3.0]], np.nan)[None], "too_few"),
    ],
)
def test_what_cannot_be_computed_has_a_status(values, status):
    found = facet_components(values, READER)
    for part in (found.components, found.coefficients):
        assert set(part.status.ravel().tolist()) == {status}
        assert np.isnan(part.estimate).all()
        assert np.isnan(part.lower).all()


def test_each_subject_measured_once_tells_nothing_of_subjects():
    values = np.full((1, 12, 3), np.nan)
    values[0, np.arange(12), np.arange(12) % 3] = np.random.default_rng(5).normal(size=12)
    told = statuses(facet_components(values, READER).components)
    assert told["subject"] == told["residual"] == "confounded"


def test_the_decision_study_is_spearman_and_brown_for_one_facet():
    found = facet_components(SHROUT_FLEISS[None], READER)
    single = found.planned["reader", 1][0, 0, 0]
    for count in range(1, 9):
        assert found.planned["reader", count][0, 0, 0] == pytest.approx(count * single / (1 + (count - 1) * single))
    assert found.planned["reader", 4][0, 1, 0] == pytest.approx(as_dict(found.coefficients)["phi_mean"])


@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_limits_of_the_decision_study_are_those_of_single_measurements_and_grow_with_levels(missing):
    rng = np.random.default_rng(8)
    values = rng.gamma(1, size=(6, 12, 1, 1)) + 0.7 * rng.gamma(1, size=(6, 12, 3, 2))
    values[rng.random(values.shape) < missing] = np.nan
    found = facet_components(values, FacetDesign((Facet("reader"), Facet("scanner"))))
    for place, name in enumerate(("g", "phi")):
        column = found.coefficients.names.index(name)
        for facet in ("reader", "scanner"):
            over = np.stack([found.planned[facet, count][:, place] for count in range(1, 9)], axis=1)
            single = (getattr(found.coefficients, part)[:, column] for part in ("estimate", "lower", "upper"))
            np.testing.assert_allclose(over[:, 0], np.stack(list(single), axis=1), atol=1e-3)
            assert (np.diff(over, axis=1) >= -1e-6).all()
            assert (over[..., 1] <= over[..., 2]).all()


def test_the_limits_of_spearman_and_brown_are_those_of_the_mean():
    """With one random facet G of a mean is a rising function of G, and so are its limits."""
    found = facet_components(SHROUT_FLEISS[None], READER)
    column = found.coefficients.names.index("g_mean")
    mean = [getattr(found.coefficients, part)[0, column] for part in ("estimate", "lower", "upper")]
    assert found.planned["reader", 4][0, 0] == pytest.approx(mean, abs=1e-3)
    single = found.planned["reader", 1][0, 0]
    assert found.planned["reader", 4][0, 0] == pytest.approx(4 * single / (1 + 3 * single), abs=1e-3)


def test_features_with_other_missing_cells_do_not_touch_each_other():
    rng = np.random.default_rng(6)
    values = rng.normal(size=(5, 10, 3, 2)) + 2 * rng.normal(size=(5, 10, 1, 1))
    values[rng.random(values.shape) < 0.1] = np.nan
    design = FacetDesign((Facet("reader"), Facet("scanner")))
    together = facet_components(values, design)
    for position in range(5):
        alone = facet_components(values[position : position + 1], design)
        np.testing.assert_allclose(alone.components.estimate[0], together.components.estimate[position], atol=1e-9)
    assert together.n.tolist() == [10] * 5
    assert together.cells.tolist() == np.isfinite(values).reshape(5, -1).sum(axis=1).tolist()


def test_an_array_of_other_axes_is_refused(golden):
    with golden.error(ConfigurationError):
        facet_components(SHROUT_FLEISS, READER)


@pytest.mark.parametrize(("n", "missing"), [(6, 0.0), (17, 0.1)])
def test_limits_cover_what_normal_features_come_from(n, missing):
    rng = np.random.default_rng(7)
    design = FacetDesign((Facet("reader"), Facet("condition")))
    true = np.array([6.0, 0.5, 0.3, 0.7, 1.0, 0.1, 1.0])
    values = sum(
        np.sqrt(variance)
        * rng.normal(size=(300, *(count if axis in axes else 1 for axis, count in enumerate((n, 3, 4)))))
        for variance, axes in zip(true, design.sources, strict=True)
    )
    values[:, rng.random(values.shape[1:]) < missing] = np.nan
    found = facet_components(values, design).components
    covered = ((found.lower <= true) & (true <= found.upper)).mean(axis=0)
    assert np.all(covered > 0.91), covered
    assert covered.mean() < 0.985


@pytest.mark.parametrize(
    "facets",
    [(Facet("reader"),), (Facet("reader"), Facet("scan")), (Facet("reader"), Facet("acquisition", fixed=True))],
)
@pytest.mark.parametrize("missing", [False, True])
def test_a_feature_equal_in_all_cells_of_a_subject_has_no_limits(facets, missing):
    rng = np.random.default_rng(0)
    design = FacetDesign(facets)
    shape = (2, 12, *(3 for _ in facets))
    values = np.broadcast_to(rng.normal(size=(2, 12, *(1 for _ in facets))), shape).copy()
    values[1] += rng.normal(size=shape[1:])
    if missing:
        values[:, rng.random(shape[1:]) < 0.1] = np.nan
    found = facet_components(values, design)

    assert found.coefficients.estimate[0] == pytest.approx(1.0)
    for part in (found.components, found.coefficients):
        assert set(part.status[0]) == {"no_error_variance"}
        assert np.isfinite(part.estimate[0]).all()
        assert np.isnan([part.lower[0], part.upper[0]]).all()
        assert "no_error_variance" not in part.status[1]
        assert (part.lower[1] <= part.estimate[1]).all()
        assert (part.estimate[1] <= part.upper[1]).all()
    for planned in found.planned.values():
        assert np.isnan(planned[0, :, 1:]).all()
        assert np.isfinite(planned[0, :, 0]).all()


@pytest.mark.parametrize("scale", [1e-300, 1e-156, 1e200])
def test_a_variance_that_no_number_holds_has_a_status(scale):
    values = np.random.default_rng(0).normal(size=(1, 12, 3)) + np.arange(12)[:, None]
    design = FacetDesign((Facet("reader"),))
    found, usual = facet_components(values * scale, design), facet_components(values, design)

    assert set(found.components.status[0]) == {"not_representable"}
    assert np.isnan([found.components.estimate, found.components.lower, found.components.upper]).all()
    assert found.share == pytest.approx(usual.share, rel=1e-6)
    assert found.coefficients.lower == pytest.approx(usual.coefficients.lower, rel=1e-6)
