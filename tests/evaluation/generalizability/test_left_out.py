import numpy as np
import pandas as pd
import pytest

from evaluation.comparison.margins import left_out, margins
from evaluation.generalizability.components import facet_coefficients, facet_components
from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.left_out import OverFacets, coefficients_without_each
from evaluation.reliability.contrasts import groups
from evaluation.reliability.criteria import Criterion
from evaluation.reliability.statistic import Settings

NAMES = [f"original_glcm_F{i}" for i in range(6)]
DESIGN = FacetDesign((Facet("reader"), Facet("reconstruction", fixed=True)))


def measured(subjects=7, seed=0, missing=0.0):
    """Give values by subject, reader and reconstruction."""
    rng = np.random.default_rng(seed)
    sizes = ((subjects, 1, 1), (1, 3, 1), (subjects, 3, 1), (1, 1, 2), (subjects, 1, 2), (subjects, 3, 2))
    values = sum(rng.normal(0, sd, (4, *size)) for size, sd in zip(sizes, (3, 0.5, 0.7, 0.4, 0.3, 1), strict=True))
    values[:, rng.random(values.shape[1:]) < missing] = np.nan
    return values


def table(subjects=9, readers=("anna", "ben")):
    rng = np.random.default_rng(1)
    truth = rng.normal(10, 3, (subjects, len(NAMES)))
    return pd.concat(
        [
            pd.DataFrame(truth + rng.normal(2.0 * shift, 1, truth.shape), columns=NAMES).assign(
                strategy="raw", subject=[f"S{i}" for i in range(subjects)], sequence="T2", condition=name, roi="liver"
            )
            for shift, name in enumerate(readers)
        ],
        ignore_index=True,
    )


@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_coefficients_alone_are_those_of_the_whole_analysis(missing):
    values = measured(missing=missing)
    values[3] = 5.0
    whole = facet_components(values, DESIGN).coefficients
    alone = facet_coefficients(values, DESIGN, whole.names[::-1])
    np.testing.assert_array_equal(alone, whole.estimate[:, ::-1])
    assert np.isnan(alone[3]).all()


@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_each_subject_is_left_out_as_if_it_had_not_been_measured(missing):
    values = measured(missing=missing)
    found = coefficients_without_each(values, DESIGN, ["icc[reader]", "phi"], 7)
    for row, without in zip(found, [None, *range(7)], strict=True):
        kept = values if without is None else np.delete(values, without, axis=1)
        wanted = facet_components(kept, DESIGN).coefficients
        places = [wanted.names.index(name) for name in ("icc[reader]", "phi")]
        np.testing.assert_allclose(row, wanted.estimate[:, places], rtol=0, atol=1e-8)


def test_many_subjects_go_in_groups_and_those_behind_the_named_stay():
    values = measured(subjects=37)
    found = coefficients_without_each(values, DESIGN, ["icc[reader]"], 35)
    assert len(found) == 1 + len(left_out(35))
    kept = np.delete(values, [2, 32], axis=1)  # the third of 30 groups
    np.testing.assert_allclose(found[3], facet_coefficients(kept, DESIGN, ["icc[reader]"]), rtol=0, atol=1e-8)


def test_two_readers_are_a_pair_of_conditions():
    """With one facet of two levels that differ, the agreement is ICC(A,1), whose pulls are known in closed form."""
    rows = table()
    group = next(iter(groups(rows)))
    over = OverFacets(rows.assign(reader=rows["condition"]), FacetDesign((Facet("reader"),))).beside(rows)
    (found,) = over.margins(group, [Criterion("icc[reader]", limit=0.8)])
    (pairs,) = margins(group, [Criterion("icc", limit=0.8)], Settings("anna"))
    np.testing.assert_array_equal(found.passes, pairs.passes)
    np.testing.assert_allclose(found.margin, pairs.margin, atol=1e-7)
    np.testing.assert_allclose(found.pulls, pairs.pulls, atol=1e-7)


def test_what_was_not_measured_over_the_facets_does_not_pass():
    rows = table()
    over = rows.assign(reader=rows["condition"]).drop(columns=NAMES[0])
    beside = OverFacets(over, FacetDesign((Facet("reader"),))).beside(rows)
    group = next(iter(groups(rows)))
    (found,) = beside.margins(group, [Criterion("icc[reader]", limit=0.1)])
    assert found.passes.tolist() == [[False, True, True, True, True, True]]
    (elsewhere,) = beside.margins(next(iter(groups(rows.assign(roi="spleen")))), [Criterion("icc[reader]", limit=0.1)])
    assert not elsewhere.told.any()
