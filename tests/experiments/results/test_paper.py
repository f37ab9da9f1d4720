import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.table import reliability_table
from experiments.folder.run_folder import RunFolder
from experiments.results.inference import infer
from experiments.results.paper import write_paper
from selection.thresholds import Thresholds

CONDITIONS = ("REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR")
NAMES = [f"original_glcm_Feature{i}" for i in range(6)]


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(3)
    truth = rng.normal(10, 2, (7, 6))
    return pd.concat(
        [
            pd.DataFrame(truth + rng.normal(0, sd, truth.shape), columns=NAMES).assign(
                strategy=strategy, subject=range(7), sequence="T2", condition=name, roi=roi
            )
            for strategy, sd in (("raw", 0.9), ("n4", 0.4))
            for name in CONDITIONS
            for roi in ("liver", "spleen")
        ],
        ignore_index=True,
    )


def write(folder, features, rule, conditions=CONDITIONS, reference="REF+STD", **changes):
    features = features[features["condition"].isin(conditions)]
    reliability = reliability_table(features, reference)
    passing = rule.passing(reliability)
    inference = infer(features, reference, rule, ("acquisition", "reconstruction"))
    harmonizer = {"combat": {"reference": "REF+STD"}, "batch": "condition", "by": ["roi"]}
    study = {
        "reference": reference,
        "conditions": conditions,
        "sequences": ["T2"],
        "rois": ["liver", "spleen"],
        "strategies": [{"name": "n4", "harmonizer": harmonizer}, {"name": "all failed", "harmonizer": harmonizer}],
        **changes,
    }
    write_paper(RunFolder(folder), study, rule, features, reliability, passing, inference)
    return passing


def test_the_table_of_reproducible_features_follows_the_rule_of_the_study(features, tmp_path):
    rule = Thresholds({"icc": 0.6}, combine="any", scope="overall", at_least=1, top=4)
    passing = write(tmp_path, features, rule)
    table = pd.read_csv(tmp_path / "tables" / "reproducible.csv", index_col=[0, 1])
    for strategy, count in passing.groupby("strategy")["passes"].sum().items():
        assert table.loc[("All", strategy), "Reproducible"].startswith(f"{count}/12 ")
    text = (tmp_path / "methods.md").read_text(encoding="utf-8")
    assert f"A feature counted as reproducible by this rule: {rule.describe()}." in text


def test_that_regions_were_carried_is_told(features, tmp_path):
    """The methods said nothing of it."""
    rows = [(f"P{i}", "T2", "ACC+DLR", roi, status) for i, status in enumerate(("carried", "lost")) for roi in "ab"]
    columns = ["subject", "sequence", "condition", "rois", "status"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "registration.csv", index=False)
    write(tmp_path, features, Thresholds(), registration={"metric": "correlation"})
    text = " ".join((tmp_path / "methods.md").read_text(encoding="utf-8").split())
    assert "drawn under REF+STD and carried by rigid registration to the scans of other conditions" in text
    assert "(to 1 of 2; the others were left out)" in text
    write(tmp_path, features, Thresholds())
    assert "carried" not in (tmp_path / "methods.md").read_text(encoding="utf-8")


def test_what_perturbs_scans_is_told(features, tmp_path):
    """Draws were told as conditions that subjects were measured under."""
    names = dict(zip(CONDITIONS, ("unperturbed", "G-1", "G-2", "G-3"), strict=True))
    renamed = features.assign(condition=features["condition"].map(names))
    draws = {name: [{"gamma": {"exponent": 1.0 + number / 10}}] for number, name in enumerate(list(names.values())[1:])}
    chain = {"seed": 0, "before": "", "after": "", "conditions": ["unperturbed"], "draws": draws}
    write(tmp_path, renamed, Thresholds(), tuple(names.values()), "unperturbed", perturbations={"G": chain})
    text = (tmp_path / "methods.md").read_text(encoding="utf-8")
    assert (
        "6 features in 7 subjects measured once. 3 perturbations of each scan were computed [1] (chain G: gamma" in text
    )
    assert "(exponent 1, 1.1 and 1.2); before all steps; 3 draws, seed 0)" in text


def test_the_numbers_of_subjects_strategies_and_draws_are_told(features, tmp_path):
    write(tmp_path, features, Thresholds())
    text = (tmp_path / "methods.md").read_text(encoding="utf-8")
    assert "6 features in 7 subjects measured under four conditions" in text
    assert "Preprocessing strategies (raw and n4)" in text
    assert "500 bootstrap resamples" in text
    assert "held under every condition" in text
    assert "harmonized in “n4”, ComBat of the batches in condition, onto REF+STD, fitted by roi [" in text
    assert "all failed" not in text


def test_tables_of_an_earlier_run_do_not_stay(features, tmp_path):
    write(tmp_path, features, Thresholds())
    (tmp_path / "tables" / "notes.txt").write_text("mine")
    assert (tmp_path / "tables" / "effects_by_roi.tex").exists()
    write(tmp_path, features, Thresholds(), CONDITIONS[:2])
    assert not (tmp_path / "tables" / "effects_by_roi.tex").exists()
    assert (tmp_path / "tables" / "comparison.tex").exists()
    assert (tmp_path / "tables" / "notes.txt").exists()
