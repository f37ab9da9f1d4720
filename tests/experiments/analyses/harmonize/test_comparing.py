import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects.compared_methods import all_methods
from experiments.analyses.harmonize.comparing import run_scorecard
from experiments.analyses.harmonize.settings import HarmonizationSettings, ScorecardSettings
from experiments.simulate.planted_batches import planted_batches
from harmonize.errors import ConfigurationError

QUICK = {"permutations": 0, "draws": 0, "folds": 3}


@pytest.fixture
def sites():
    table = planted_batches("additive", n_features=6, n_each=15)
    return table.rename(columns=lambda name: name.replace("F", "original_glcm_F"))


def test_all_are_compared_by_the_columns_that_are_named(sites):
    told = []
    found = run_scorecard(
        sites,
        HarmonizationSettings(batch=("scanner",), subject="subject", continuous=("age",)),
        ScorecardSettings(compare="all", keep=("protocol",), **QUICK),
        lambda *count: told.append(count),
    )
    table = found.card.table
    assert tuple(table["method"].unique()) == all_methods()
    assert set(table["measure"]) >= {"kept:age", "kept:protocol", "batch_share", "score"}
    scores = table[table["measure"] == "score"].set_index("method")
    assert scores.loc["combat", "estimate"] > scores.loc["none", "estimate"] + 0.1
    assert scores.loc["paired", "status"] == "not_fitted"
    assert told[-1] == ("harmonizers", len(all_methods()) - 1, len(all_methods()) - 1)  # neurocombat is none


def test_groups_subject_and_reference_are_guessed_and_said(golden, sites):
    table = pd.concat([sites.assign(roi=name) for name in ("liver", "spleen")])
    settings = HarmonizationSettings(batch=("scanner",), exclude=("age",))
    found = run_scorecard(table, settings, ScorecardSettings(compare="combat", **QUICK))
    assert found.scoring.by == ("roi",)
    assert found.scoring.organ == "roi"
    assert "kept:roi" in set(found.card.table["measure"])
    golden.text("\n".join(found.lines))


def test_a_diagnosis_is_told_within_the_folds_and_by_no_harmonizer(sites):
    rng = np.random.default_rng(0)
    sick = rng.integers(0, 2, len(sites))
    sites.loc[:, sites.columns.str.startswith("original")] += 2.0 * sick[:, None]
    table = sites.assign(sick=np.where(sick == 1, "yes", "no"))
    settings = HarmonizationSettings(batch=("scanner",), exclude=("age",))
    found = run_scorecard(table, settings, ScorecardSettings(compare="combat", target="sick", **QUICK))
    auc = found.card.table[found.card.table["measure"] == "auc"]
    assert (auc["estimate"] > 0.8).all()


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({"method": "covbat"}, {}),
        ({"mean_only": True}, {}),
        ({"fit_on": ("protocol=fast",)}, {}),
        ({"categorical": ("protocol",)}, {"target": "protocol"}),
        ({"reference": "four"}, {}),
    ],
)
def test_what_would_mislead_is_refused(golden, sites, settings, asked):
    with golden.error(ConfigurationError):
        run_scorecard(
            sites.drop(columns="age"),
            HarmonizationSettings(batch=("scanner",), **settings),
            ScorecardSettings(compare="combat", **QUICK, **asked),
        )


def test_a_table_without_subjects_is_refused(golden, sites):
    with golden.error(ConfigurationError):
        run_scorecard(
            sites.drop(columns=["subject", "age"]),
            HarmonizationSettings(batch=("scanner",)),
            ScorecardSettings(compare="combat", **QUICK),
        )
