import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from experiments.analyses.apply.command import apply
from experiments.analyses.apply.files import write_applied
from experiments.analyses.apply.run import run_application
from experiments.analyses.apply.settings import ApplicationSettings
from experiments.analyses.select.command import select
from experiments.analyses.select.run import run_selection
from experiments.analyses.select.settings import SelectionSettings
from experiments.folder.run_folder import RunFolder
from experiments.running.runner import Run
from harmonize.errors import ConfigurationError
from selection import Whitelist


def run(*arguments: object) -> Result:
    return CliRunner().invoke(apply, list(map(str, arguments)))


def refusal(result: Result) -> str:
    assert isinstance(result.exception, ConfigurationError), result.output
    return str(result.exception)


@pytest.fixture(scope="module")
def whitelist(finished: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do not change it."""
    path = tmp_path_factory.mktemp("selected") / "zscore.json"
    options = ["--strategy", "zscore", "--threshold", "icc=0.3", "--at-least", "1", "--quiet", "--out", str(path)]
    result = CliRunner().invoke(select, [str(finished.folder), *options])
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def cohort(finished: Run, tmp_path: Path) -> Path:
    """Patients without repeats: one condition, made by a run of their own."""
    folder = tmp_path / "patients"
    folder.mkdir()
    features = pd.read_parquet(finished.folder / "features.parquet")
    features[features["condition"] == "REF+STD"].to_parquet(folder / "features.parquet")
    shutil.copy(finished.folder / "run.json", folder / "run.json")
    seal(folder / "run.json", json.loads((folder / "run.json").read_text(encoding="utf-8")))
    return folder / "features.parquet"


def seal(path: Path, record: dict[str, Any]) -> None:
    """Write run.json for the features that stand beside it."""
    del record["digest"]
    RunFolder(path.parent).finish(record, [path.parent / "features.parquet"]).seal()


def change(path: Path, name: str, **values: object) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    for strategy in content["strategies"]:
        if strategy["name"] == name:
            strategy.update(values)
    seal(path, content)


def test_the_whitelisted_columns_of_the_same_settings(whitelist: Path, cohort: Path, tmp_path: Path) -> None:
    out = tmp_path / "robust.csv"
    result = run(whitelist, cohort, "--out", out)
    assert result.exit_code == 0, result.output
    assert "warning" not in result.output
    written, before = pd.read_csv(out), pd.read_parquet(cohort)
    before = before[before["strategy"] == "zscore"].reset_index(drop=True)
    wanted = list(Whitelist.read(whitelist).everywhere)
    assert wanted
    assert [name for name in written.columns if name.startswith("original_")] == wanted
    assert [*written.columns[:2]] == ["strategy", "subject"]
    assert written[wanted].to_numpy() == pytest.approx(before[wanted].to_numpy())
    assert f"{len(before)} rows, {len(wanted)} robust features" in result.output
    assert "strategy 'zscore' only; the table also holds raw" in result.output


def test_another_strategy_is_refused_with_reasons_and_can_be_allowed(
    whitelist: Path, cohort: Path, tmp_path: Path
) -> None:
    out = tmp_path / "robust.csv"
    text = refusal(run(whitelist, cohort, "--strategy", "raw", "--out", out))
    assert "- steps: the whitelist has zscore, the cohort none" in text
    assert "- extraction: binWidth:" in text
    assert text.endswith("If you know better: --allow steps --allow extraction")
    assert not out.exists()
    result = run(whitelist, cohort, "--strategy", "raw", "--out", out, "--allow", "steps", "--allow", "extraction")
    assert result.exit_code == 0, result.output
    assert "warning: steps: the whitelist has zscore, the cohort none" in result.output


def test_each_setting_that_changes_a_value_is_named(whitelist: Path, cohort: Path, tmp_path: Path) -> None:
    (step,) = Whitelist.read(whitelist).settings["steps"]
    other = [{"zscore": {**step["zscore"], "scale": 1.0}}]
    change(cohort.with_name("run.json"), "zscore", steps=other, harmonizer={"combat": {}})
    text = refusal(run(whitelist, cohort, "--out", tmp_path / "robust.csv"))
    assert "step 1, zscore: scale: the whitelist has 100, the cohort 1\n" in text
    assert "- harmonizer: the whitelist has none, the cohort {'combat': {}}" in text


def test_settings_that_nobody_told_are_refused(whitelist: Path, cohort: Path, tmp_path: Path) -> None:
    cohort.with_name("run.json").unlink()
    text = refusal(run(whitelist, cohort, "--out", tmp_path / "robust.csv"))
    assert "nothing says how the features of this cohort were made" in text
    assert "--settings" in text


def test_a_parameter_file_tells_the_extraction(whitelist: Path, cohort: Path, tmp_path: Path) -> None:
    parameters = tmp_path / "parameters.yaml"
    setting = Whitelist.read(whitelist).settings["extraction"]["setting"]
    setting = {key: 0 if value == "auto" else value for key, value in setting.items()}
    parameters.write_text(json.dumps({"setting": {**setting, "binWidth": 77}}))
    text = refusal(run(whitelist, cohort, "--out", tmp_path / "robust.csv", "--settings", parameters))
    assert "does not say what came before extraction; the other side has zscore" in text
    assert "cohort 77" in text


def test_other_names_are_allowed_and_nothing_is_dropped_silently(whitelist: Path, cohort: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(cohort)
    table = table[table["strategy"] == "zscore"].rename(columns={"roi": "Organ"}).drop(columns="strategy")
    table["Organ"] = "tumour"
    table = table.assign(original_shape_Flatness=1.0, diagnosis=1)
    path = tmp_path / "patients" / "table.csv"
    table.to_csv(path, index=False, sep=";", decimal=",")
    out = tmp_path / "robust.parquet"
    options = ["--roi", "Organ", "--strategy", "zscore", "--out", out]
    # run.json speaks of the table of its run; this one may have been changed since
    assert "nothing says how the features of this cohort were made" in refusal(run(whitelist, path, *options))
    options = [*options, "--settings", path.with_name("run.json")]
    assert "place: the whitelist has no list for HASTE / tumour, but for" in refusal(run(whitelist, path, *options))
    result = run(whitelist, path, *options, "--allow", "place")
    assert result.exit_code == 0, result.output
    assert "the whitelist has no list for HASTE / tumour" in result.output
    assert "warning: 1 features were never measured for the whitelist and are left out: original_shape_Flatness" in (
        result.output
    )
    written = pd.read_parquet(out)
    assert (written["diagnosis"] == 1).all()
    assert len(written) == len(table)


def test_columns_are_guessed_as_reliability_guesses_them(finished: Run, cohort: Path, tmp_path: Path) -> None:
    # They were not: every list had to hold, and features were said to fail in lists in which they pass.
    rule = SelectionSettings(strategy="zscore", threshold={"icc": "0"})
    made, out = run_selection(finished.folder, rule).whitelist, tmp_path / "robust.csv"
    table = pd.read_parquet(cohort)
    table = table[table["strategy"] == "zscore"].drop(columns="strategy")
    renamed = table.rename(columns={"roi": "segmentedStructure", "sequence": "canonicalType"}).assign(organ="")
    settings = ApplicationSettings(allow="unknown", separate=True)
    expected, found = (run_application(made, one, settings) for one in (table, renamed))
    assert {place: part.features for place, part in found.parts.items()} == {
        place: part.features for place, part in expected.parts.items()
    }
    assert [note.partition(";")[0] for note in found.notes] == [
        "column 'canonicalType' is taken as the sequence",
        "column 'segmentedStructure' is taken as the roi",
    ]
    written = pd.read_csv(next(iter(write_applied(out, found))))
    assert {"canonicalType", "segmentedStructure"} < set(written)


def test_what_was_allowed_is_told_in_python_too(finished: Run, whitelist: Path, cohort: Path, golden) -> None:
    selected = run_selection(
        finished.folder, SelectionSettings(strategy="zscore", threshold={"icc": "0.3"}, at_least=1)
    )
    table = pd.read_parquet(cohort).query("strategy == 'zscore'")
    settings = ApplicationSettings(allow="unknown")
    found = [run_application(one, table, settings) for one in (whitelist, Whitelist.read(whitelist), selected)]
    assert "nothing says how the features of this cohort were made" in found[0].warnings[0]
    assert f"warning: {found[0].warnings[0]}" in repr(found[0])
    assert [repr(one) for one in found] == [repr(found[0])] * 3
    with golden.error(ConfigurationError):
        run_application(5, table, settings)  # type: ignore[arg-type]


def test_every_column_that_is_no_feature_comes_out_as_it_went_in(whitelist: Path, cohort: Path, tmp_path: Path) -> None:
    # 007, 7, 1e5 and 100000 became 7.0, 7.0, 100000.0, 100000.0: two patients of four.
    table = pd.read_parquet(cohort)
    table = table[table["strategy"] == "zscore"].drop(columns="strategy").rename(columns={"roi": "Organ"})
    texts = ["007", "7", "1e5", "100000", " 1.10", "TRUE", "NA", "None", "", "0010", "5,5", "<NA>"]
    cells = [texts[row % len(texts)] for row in range(len(table))]
    table = table.assign(PatientID=cells, center="NA", flag="TRUE", code="1.10")
    path, out = tmp_path / "cohort.csv", tmp_path / "out.csv"
    table.to_csv(path, index=False)
    result = run(whitelist, path, "--out", out, "--roi", "Organ", "--allow", "unknown")
    assert result.exit_code == 0, result.output
    before, after = (pd.read_csv(one, dtype=str, keep_default_na=False) for one in (path, out))
    for name in ("PatientID", "center", "flag", "code", "subject", "sequence", "Organ", "condition"):
        assert after[name].tolist() == before[name].tolist()


def test_columns_of_parquet_keep_their_types(whitelist: Path, cohort: Path, tmp_path: Path) -> None:
    """Regression: Int16 with a gap came back as floats, and texts such as `7` as numbers."""
    table = pd.read_parquet(cohort)
    table = table[table["strategy"] == "zscore"].drop(columns="strategy").reset_index(drop=True)
    age = pd.array([60, *[None] * (len(table) - 1)], dtype="Int16")
    path, out = tmp_path / "cohort.parquet", tmp_path / "out.parquet"
    table.assign(age=age, code="7", seen=age > 0).to_parquet(path)
    result = run(whitelist, path, "--out", out, "--allow", "unknown")
    assert result.exit_code == 0, result.output
    names = ["age", "code", "seen", "subject"]
    pd.testing.assert_frame_equal(pd.read_parquet(out)[names], pd.read_parquet(path)[names])


def test_each_sequence_and_roi_by_itself(finished: Run, cohort: Path, tmp_path: Path) -> None:
    whitelist = finished.folder / "whitelists" / "zscore.json"
    made = Whitelist.read(whitelist)
    result = run(whitelist, cohort, "--separate", "--out", tmp_path / "robust.csv")
    lists = {(sequence, roi): names for sequence, rois in made.features.items() for roi, names in rois.items()}
    if not all(lists.values()):
        assert "holds no feature" in refusal(result)
        return
    assert result.exit_code == 0, result.output
    for (sequence, roi), names in lists.items():
        (path,) = tmp_path.glob(f"robust_{sequence}_{roi}.csv")
        assert [name for name in pd.read_csv(path).columns if name.startswith("original_")] == list(names)


@pytest.mark.parametrize(
    "options",
    [
        ["--strategy", "zscor"],
        ["--roi", "orgn"],
        ["--roi", "subject"],
        ["--contrast", "ACC+DLR"],
        ["--place", "HASTE/nothing"],
    ],
)
def test_mistakes_are_refused(whitelist: Path, cohort: Path, tmp_path: Path, options: list[str], golden) -> None:
    with golden.error(ConfigurationError):
        raise run(whitelist, cohort, "--out", tmp_path / "robust.csv", *options).exception


def test_a_value_that_is_no_number_is_named(whitelist: Path, cohort: Path, tmp_path: Path) -> None:
    path = tmp_path / "patients" / "table.csv"
    robust = Whitelist.read(whitelist).everywhere[0]
    table = pd.read_parquet(cohort).reset_index(drop=True).astype({robust: object})
    table.loc[2, robust] = "n.a."
    table.to_csv(path, index=False)
    text = refusal(run(whitelist, path, "--out", tmp_path / "robust.csv"))
    assert f"'{robust}': expected a number, found 'n.a.' in line 4" in text
    assert text.endswith("correct it, empty the cell")
