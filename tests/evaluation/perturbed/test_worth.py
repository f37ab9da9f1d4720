import numpy as np
import pandas as pd
import pytest

from evaluation.comparison.margins import moves
from evaluation.perturbed import MEASURES, perturbation_worth
from evaluation.perturbed.judged import judge_both
from evaluation.perturbed.measures import Counts
from evaluation.perturbed.worth import measured
from evaluation.reliability.table import reliability_table
from evaluation.tables import WORTH_KEYS, WORTH_NUMBERS
from harmonize.errors import ConfigurationError
from tests.benchmarks.bench_worth import RULES, Population
from tests.evaluation.perturbed.conftest import REAL

PLACES = (("T1", "liver"), ("T1", "spleen"), ("T2", "liver"))


def overall(found, measure):
    """Give the row of all features."""
    return found[(found["by"] == "overall") & (found["measure"] == measure)].iloc[0]


def test_counts_are_those_of_reliability_tables(cohort):
    """The same verdicts as by the tables that a user would make by hand."""
    table = cohort(12, places=PLACES)
    found = perturbation_worth(table, "REF", thresholds={"icc": 0.9, "ccc": 0.85})

    as_it_is = table["perturbation"] == "unperturbed"
    by_hand = {}
    for side, rows, reference in (
        ("stable", table[as_it_is], "REF"),
        ("kept", table[table["condition"] == "REF"].assign(condition=table["perturbation"]), None),
    ):
        names = ["icc", "ccc" if reference else "overall_ccc"]
        form = "A,1" if reference else "1"
        made = reliability_table(rows, reference, statistics=names, icc_form=form)
        wide = made.pivot(index=["sequence", "roi", "feature"], columns="statistic", values="estimate")
        by_hand[side] = (wide["icc"] > 0.9) & (wide[names[1]] > 0.85)
    both = pd.DataFrame(by_hand)
    for (by, level), rows in found[found["by"].isin(["overall", "sequence", "roi"])].groupby(["by", "level"]):
        part = both if by == "overall" else both.xs(level, level=by, drop_level=False)
        counts = Counts.of(part["stable"].to_numpy(), part["kept"].to_numpy())
        for row in rows[rows["measure"].isin(list(MEASURES))].to_dict("records"):
            measure = MEASURES[row["measure"]]
            assert row["estimate"] == pytest.approx(float(measure.compute(counts)), nan_ok=True)
            assert row["n"] == int(measure.of(counts))
            assert row["features"] == len(part)


def test_the_table(cohort):
    found = perturbation_worth(cohort(places=PLACES), "REF", thresholds={"icc": 0.9})

    assert tuple(found.columns) == (*WORTH_KEYS, *WORTH_NUMBERS, "status")
    assert found[["by", "level"]].drop_duplicates().to_numpy().tolist() == [
        ["overall", "all"], ["sequence", "T1"], ["roi", "liver"], ["class", "glcm"], ["class", "shape"],
        ["roi", "spleen"], ["sequence", "T2"],
    ]  # fmt: skip
    known = found[found["status"] == "ok"]
    assert (known["lower"] <= known["estimate"]).all()
    assert (known["estimate"] <= known["upper"]).all()
    assert found.loc[found["estimate"].isna(), "status"].eq("no_cases").all()
    assert (found["subjects"] == 17).all()
    pd.testing.assert_frame_equal(found, perturbation_worth(cohort(places=PLACES), "REF", thresholds={"icc": 0.9}))


def test_what_is_perturbed_as_it_truly_varies_does_as_well_as_real_repeats(cohort):
    same = perturbation_worth(
        cohort(40, draws=1, perturbed=np.sqrt(2) * REAL, places=PLACES), "REF", thresholds={"icc": 0.9}
    )
    row = overall(same, "sensitivity")
    assert row["in_halves"] == pytest.approx(row["ceiling"], abs=0.1)
    assert overall(same, "informedness")["estimate"] > 0.6


def test_without_differences_perturbations_reject_nothing(cohort):
    """Then nothing is caught, and what a share of the rejected is cannot be said."""
    found = perturbation_worth(cohort(perturbed=np.zeros(20)), "REF", thresholds={"icc": 0.9})
    assert overall(found, "sensitivity")["estimate"] == overall(found, "false_alarms")["estimate"] == 0
    assert overall(found, "unstable_of_rejected")["status"] == "no_cases"
    assert overall(found, "stable_of_kept")["estimate"] == overall(found, "stable")["estimate"]


def test_few_subjects_have_no_ceiling(cohort):
    found = perturbation_worth(cohort(4), "REF", thresholds={"icc": 0.9})
    assert found["ceiling"].isna().all()
    assert found["in_halves"].isna().all()
    assert (found["subjects"] == 4).all()


def test_conditions_that_are_equals_need_no_reference(cohort):
    found = perturbation_worth(cohort(), None, thresholds={"icc": 0.9, "ccc": 0.9})
    assert overall(found, "sensitivity")["status"] == "ok"


def test_what_has_no_counterpart_is_refused(cohort, golden):
    with golden.error(ConfigurationError):
        perturbation_worth(cohort(), "REF", thresholds={"spearman": 0.9})


@pytest.mark.parametrize(("relation", "n"), [(0.0, 10), (0.9, 10)])
def test_limits_cover_what_is_to_be_expected(relation, n):
    """Skewed, correlated features; the whole simulation is bench_worth.py."""
    population, rng, drawn = Population(relation), np.random.default_rng(3), moves(n, 0)
    judged = [judge_both(*population.draw(rng, n), RULES, drawn) for _ in range(60)]
    studies = [{row["measure"]: row for row in measured([one], 0.95)} for one in judged]
    expected = {}
    for name in ("sensitivity", "false_alarms", "rank_correlation"):
        rows = pd.DataFrame([one[name] for one in studies])
        expected[name] = rows["estimate"].mean()
        assert ((rows["lower"] <= expected[name]) & (rows["upper"] >= expected[name])).mean() >= 0.9
    if relation == 0:  # nothing is caught beyond what is rejected of the stable ones
        assert expected["sensitivity"] == pytest.approx(expected["false_alarms"], abs=0.05)
