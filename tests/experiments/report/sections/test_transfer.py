import json

import pytest
from click.testing import CliRunner

from experiments.analyses.transfer.command import transfer
from experiments.analyses.transfer.files import ADDING, RECORD, SCORES
from experiments.analyses.transfer.section import SECTION
from experiments.folder.added import Added
from experiments.folder.run_folder import RunFolder
from experiments.page import Context
from experiments.report import write_report
from experiments.simulate import simulate_cohort
from harmonize.errors import ConfigurationError


def summary_of(folder, added=("transfer",)):
    return SECTION.summarize(Context(RunFolder(folder), {}, added))


def scores_of(folder):
    return Added(folder / "transfer", RECORD)[SCORES]


@pytest.fixture(scope="module")
def folder(run_writer, tmp_path_factory):
    made = run_writer(tmp_path_factory.mktemp("run"), strategies=("as it is",))
    cohort = simulate_cohort(30, conditions=("REF", "ACC"), seed=2)
    cohort.table.to_csv(made / "patients.csv", index=False)
    arguments = ("--target", "diagnosis", "--train", "REF", "--test", "ACC", "--harmonize", "batch_zscore")
    quick = ("--folds", "3", "--inner-folds", "2", "--repeats", "1", "--resamples", "100", "--jobs", "1")
    done = CliRunner().invoke(transfer, [str(made / "patients.csv"), *arguments, *quick, "--run", str(made)])
    assert done.exit_code == 0, done.exception
    return made


def test_the_section_says_what_the_files_say(folder):
    section = summary_of(folder)
    assert section["scores"]["columns"] == ["Score", "raw", "batch_zscore"]  # transposed: eight columns were too wide
    scores = scores_of(folder).set_index(["variant", "score", "tested"])
    rows = {row[0]: row[1:] for row in section["scores"]["rows"]}
    for place, name in enumerate(section["scores"]["columns"][1:]):
        for tested in ("within", "across", "native"):
            assert rows[f"AUC {tested}"][place].startswith(f"{scores.loc[(name, 'auc', tested), 'estimate']:.2f}")
        flips = scores.loc[(name, "flips_at_half", "both"), "estimate"]
        assert rows["Predictions that flip"][place].startswith(f"{100 * flips:.0f}")
    said = "diagnosis (0 or 1) of 30 subjects was predicted from patients.csv by models (logistic)"
    assert said in section["sentences"][0]
    assert {row[0] for row in section["gains"]["rows"]} == {"batch_zscore"}


def test_a_score_that_could_not_be_computed_says_why(folder):
    slopes = scores_of(folder).query("score == 'calibration_slope' and tested == 'across'")
    cells = summary_of(folder)["scores"]["rows"][-1][1:]
    for row, cell in zip(slopes.to_dict("records"), cells, strict=True):
        assert cell.startswith("none (") == (row["estimate"] != row["estimate"])


def test_the_run_writes_its_report_again(folder, run_writer, tmp_path):
    html = (folder / "report.html").read_text(encoding="utf-8")
    section = html[html.index('<h2 id="transfer">From one condition to another</h2>') :]
    assert "<svg" in section[: section.index("</section>")]
    for kind in ("svg", "png"):
        assert (folder / "transfer" / f"transfer.{kind}").stat().st_size > 1000
    other = write_report(run_writer(tmp_path / "other", strategies=("as it is",)))
    assert 'id="transfer"' not in other.read_text(encoding="utf-8")


def test_a_damaged_transfer_is_named(run_writer, tmp_path, golden):
    made = run_writer(tmp_path / "run", strategies=("as it is",))
    assert summary_of(made, added=()) is None
    (made / "transfer").mkdir()
    (made / "transfer/transfer.json").write_text("{}")
    with golden.error(ConfigurationError):
        summary_of(made)
    (made / "transfer/transfer.json").write_text("{")
    with golden.error(ConfigurationError):
        summary_of(made)


def test_a_record_whose_parts_do_not_fit_together_is_named(folder, tmp_path, golden):
    (tmp_path / "transfer").mkdir()
    for path in (folder / "transfer").iterdir():
        (tmp_path / "transfer" / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "transfer/transfer.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**record, "variants": ["raw", "another"]}), encoding="utf-8")
    with golden.error(ConfigurationError):
        summary_of(tmp_path)


def test_either_a_folder_or_a_run_is_named(folder, tmp_path):
    arguments = [str(folder / "patients.csv"), "--target", "diagnosis", "--train", "REF", "--test", "ACC"]
    neither = CliRunner().invoke(transfer, arguments)
    assert isinstance(neither.exception, ConfigurationError)
    assert "--out, or a run with --run" in str(neither.exception)
    empty = CliRunner().invoke(transfer, [*arguments, "--run", str(tmp_path)])
    assert isinstance(empty.exception, ConfigurationError)
    assert "holds no run.json" in str(empty.exception)


def test_findings_for_mlflow_are_the_scores_of_the_files(folder):
    findings, scores = ADDING.found_in(RunFolder(folder)), scores_of(folder)
    known = scores.set_index(["variant", "score", "tested"])
    assert findings.metrics["raw_auc_across"] == known.loc[("raw", "auc", "across"), "estimate"]
    flips = known.loc[("batch_zscore", "flips_at_half", "both"), "estimate"]
    assert findings.metrics["batch_zscore_flips_at_half"] == flips
    assert findings.params["table"] == "patients.csv"
    assert {path.name for path in findings.artifacts} >= {"transfer.svg", "transfer.csv", "transfer.json"}
    assert (folder / "findings" / "transfer.json").is_file()
