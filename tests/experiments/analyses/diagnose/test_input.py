import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner


def test_several_rows_of_a_subject_are_told_and_stay_together(run, patients, roles, tmp_path):
    frame = pd.concat([patients().assign(roi="liver"), patients(seed=1).assign(roi="spleen")])
    path = tmp_path / "patients.csv"
    frame.to_csv(path, index=False)
    result = run(*roles(path, tmp_path / "out"), "--no-baselines")
    assert (
        "120 rows of 60 subjects: up to 2 of one subject, which differ in roi (take one with --where)" in result.output
    )
    predictions = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    assert (predictions.groupby(["repeat", "subject"])["fold"].nunique() == 1).all()
    one = run(*roles(path, tmp_path / "out"), "--no-baselines", "--where", "roi=liver")
    assert "up to 2" not in one.output


def test_too_few_resamples_are_refused_before_the_work(command, roles, tmp_path):
    """They were refused only once all of the cross-validation was done; no table is needed to tell."""
    table = tmp_path / "empty.csv"
    table.touch()
    result = CliRunner().invoke(command, [str(one) for one in (*roles(table, tmp_path / "out"), "--resamples", 20)])
    assert result.exit_code == 2
    assert "'--resamples': expected 100 or more, found 20" in result.output


def test_rows_that_are_left_out_may_lack_anything(run, patients, roles, tmp_path):
    """A class that is NA was refused before `--where` left its row out."""
    path = tmp_path / "patients.csv"
    frame = patients().assign(site="X", centre="N")
    frame.loc[:9, ["site", "diagnosis", "centre"]] = ["", "NA", "M"]
    frame.to_csv(path, index=False)
    assert run(*roles(path, tmp_path / "out"), "--where", "site=X", "--select", "none").exit_code == 0
    refused = run(*roles(path, tmp_path / "out"), "--where", "centre=M", "--where", "centre=N")
    assert "'diagnosis' is 'NA' in some rows" in str(refused.exception)


def test_a_selection_of_nothing_is_told_in_words(refused, patients, roles, tmp_path):
    """It ended in scikit-learn's words about an array without columns."""
    path = tmp_path / "patients.csv"
    frame = patients()
    frame["diagnosis"] = frame["diagnosis"].sample(frac=1, random_state=3).to_numpy()
    frame.to_csv(path, index=False)
    told = refused(*roles(path, tmp_path / "out"), "--select", "fdr:0.0001")
    assert "fold 0: no feature is selected, so that there is nothing to learn from; --select less strictly" in told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "forrest"), "did you mean 'forest'"),
        (("--model", "svm,svm"), "'svm' is named twice"),
        (("--select", "mrrm:3"), "did you mean 'mrmr'"),
        (("--harmonize", "combat"), "--harmonize and --batch belong together"),
        (("--batch", "scanner"), "--harmonize and --batch belong together"),
        (("--harmonize", "paired", "--batch", "scanner"), "use combat"),
        (("--reference", "A"), "--reference: names the batch"),
        (("--allow", "unknown"), "--allow: is about --whitelist"),
        (("--where", "scanner=C"), "no row has scanner 'C'"),
        (("--subject", "subject"), "name that of the subjects with --subject, such as --subject patient"),
        (("--features", "*_glcm_*,diag*"), "no column fits 'diag*'"),
    ],
)
def test_wrong_options_are_refused(refused, roles, table, tmp_path, options, words):
    assert words in refused(*roles(table, tmp_path / "out"), *options)
    assert not (tmp_path / "out").exists()


def test_a_batch_that_tells_the_target_is_refused(refused, patients, roles, tmp_path):
    frame = patients()
    path = tmp_path / "patients.csv"
    frame.assign(scanner=np.where(frame["diagnosis"] == "benign", "A", "B")).to_csv(path, index=False)
    told = refused(*roles(path, tmp_path / "out"), "--harmonize", "combat", "--batch", "scanner")
    assert "column 'scanner' is the target in other words (A: benign, B: malignant)" in told


def test_the_target_among_the_features_is_refused(refused, patients, roles, tmp_path):
    frame = patients()
    path = tmp_path / "patients.csv"
    frame.assign(original_glcm_Leak=np.where(frame["diagnosis"] == "benign", 2.5, -1)).to_csv(path, index=False)
    assert "'original_glcm_Leak' is the target in other words" in refused(*roles(path, tmp_path / "out"))


def test_a_scan_that_stands_twice_is_refused_at_once_with_its_lines(refused, names, patients, roles, tmp_path):
    frame = patients()
    frame.loc[12, names] = frame.loc[6, names]
    path = tmp_path / "patients.csv"
    frame.to_csv(path, index=False)
    told = refused(*roles(path, tmp_path / "out"), "--where", "diagnosis=benign", "--where", "diagnosis=malignant")
    assert f"{path}: line 8 and line 14 hold the same values, but are of subjects 'P006' and 'P012'" in told
    only = refused(
        *roles(path, tmp_path / "out"), "--where", "scanner=A", "--where", "scanner=B", "--features", "*_glcm_*"
    )
    assert "line 8 and line 14" in only
    assert not (tmp_path / "out").exists()


def test_columns_that_are_left_out_are_told(run, roles, table, tmp_path):
    result = run(*roles(table, tmp_path / "out"), "--no-baselines")
    assert "left out, not named as a feature: scanner, age" in result.output


@pytest.mark.parametrize(
    "options", [("--harmonize", "neurocombat"), ("--harmonize", "neurocombat", "--reference", "A")]
)
def test_neurocombat_is_refused_at_the_start(refused, roles, table, tmp_path, options):
    told = refused(*roles(table, tmp_path / "out"), *options, "--batch", "scanner")
    assert "neurocombat only harmonizes the rows that it was fitted on" in told
    assert "neurocombat" not in refused(*roles(table, tmp_path / "out"), "--harmonize", "xyz", "--batch", "scanner")


def test_a_row_number_is_no_feature(run, tmp_path):
    # Classes one after the other and a pandas index beside noise gave an AUC of 1.00.
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(rng.normal(size=(40, 4))).add_prefix("feat")
    frame = frame.assign(patient=[f"P{row}" for row in range(40)], diagnosis=np.repeat(["benign", "malignant"], 20))
    frame.to_csv(tmp_path / "a.csv")
    pd.read_csv(tmp_path / "a.csv").to_csv(tmp_path / "t.csv", index=False)
    quick = ("--folds", 3, "--inner-folds", 2, "--repeats", 1, "--resamples", 100, "--no-baselines", "--jobs", 1)
    roles = ("--target", "diagnosis", "--subject", "patient", "--out", tmp_path / "d")
    result = run(tmp_path / "t.csv", *roles, *quick)
    assert result.exit_code == 0, result.exception
    assert "features: 4, feat0, feat1, feat2, feat3\n" in result.output
    assert "left out, named as a row or a subject: Unnamed: 0" in result.output
    scores = pd.read_csv(tmp_path / "d" / "scores.csv").set_index("score")
    assert scores.loc["auc", "estimate"] < 0.8
