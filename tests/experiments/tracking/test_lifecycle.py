import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from experiments import tracking
from experiments.folder.run_folder import RunFolder
from experiments.tracking import Findings, TrackingWarning, keep_findings, log_findings, tracked_run
from experiments.tracking.address import default_uri
from experiments.tracking.entry import NAME
from experiments.tracking.note import read_note
from experiments.tracking.store import TrackingStore, mlflow
from harmonize.errors import ConfigurationError


def nothing(*_):
    pass


@pytest.fixture(scope="module")
def recorded(finished, runs_of):
    client, runs = runs_of(default_uri(finished.folder))
    return client, {run.data.tags[NAME]: run for run in runs}


def test_lists_show_what_strategies_do_otherwise_than_others(recorded):
    _, runs = recorded
    assert runs["zscore"].info.run_name.startswith("zscore: zscore")
    assert "binWidth" in runs["raw"].info.run_name


def test_a_parent_with_one_child_a_strategy(recorded):
    client, runs = recorded
    (parent,) = [run for run in runs.values() if "mlflow.parentRunId" not in run.data.tags]
    children = {name for name, run in runs.items() if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id}
    assert children == {"raw", "zscore"}
    assert all(run.info.status == "FINISHED" for run in runs.values())
    assert parent.inputs.dataset_inputs[0].dataset.digest == parent.data.tags["digest.data"][:36]
    artifacts = {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert artifacts >= {"report.html", "strategies.csv", "features.parquet", "run.json", "methods.md", "figures"}


def test_a_child_holds_parameters_metrics_and_artifacts_of_its_strategy(recorded, finished):
    client, runs = recorded
    child = runs["zscore"]
    assert child.data.params["steps"] == "zscore"
    row = finished.strategies.set_index("strategy").loc["zscore"]
    for name in ("robust_share", "icc_share_lower", "icc_share_upper", "icc_median"):
        assert child.data.metrics[name] == pytest.approx(row[name])
    record = json.loads((finished.folder / "run.json").read_text(encoding="utf-8"))
    assert child.data.tags["digest.data"] == record["data_digest"]
    path = client.download_artifacts(child.info.run_id, "whitelist/zscore.json")
    assert json.loads(Path(path).read_text(encoding="utf-8"))["strategy"] == "zscore"
    table = pd.read_csv(client.download_artifacts(child.info.run_id, "reliability.csv"))
    assert set(table["strategy"]) == {"zscore"}
    assert client.list_artifacts(child.info.run_id, "figures")


def test_artifacts_lie_in_the_run_folder_not_where_the_command_was_called(recorded, finished):
    _, runs = recorded
    for run in runs.values():
        assert finished.folder.resolve().as_uri() in run.info.artifact_uri


def test_a_run_is_running_before_anything_is_computed(folder, record, status):
    with tracked_run(folder, record) as tracked:
        assert status(folder) == "RUNNING"
        tracked.finish(nothing)
    assert status(folder) == "FINISHED"


@pytest.mark.parametrize(
    ("error", "expected"),
    [(ConfigurationError("no"), "FAILED"), (MemoryError(), "FAILED"), (KeyboardInterrupt(), "KILLED")],
)
def test_the_status_tells_how_a_run_ended(folder, record, error, expected, status):
    with pytest.raises(type(error)), tracked_run(folder, record):
        raise error
    assert status(folder) == expected


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_run_that_did_not_finish_is_taken_up(folder, record, error, status, finish, runs_of):
    with pytest.raises(error), tracked_run(folder, record):
        raise error
    first = read_note(folder)["run_id"]
    finish(folder, record)
    assert read_note(folder)["run_id"] == first
    assert status(folder) == "FINISHED"
    _, runs = runs_of(default_uri(folder))
    assert len(runs) == 3


def test_a_run_that_was_interrupted_while_it_was_recorded_does_not_double_its_children(
    folder, record, status, finish, runs_of
):
    def stop(done, _total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), tracked_run(folder, record) as tracked:
        tracked.finish(stop)
    assert status(folder) == "KILLED"
    finish(folder, record)
    _, runs = runs_of(default_uri(folder))
    assert sorted(run.data.tags[NAME] for run in runs) == sorted([record["name"], "raw", "zscore"])
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_a_finished_run_again_adds_nothing(folder, record, finish, runs_of):
    """Each repetition left another parent with the same children."""
    finish(folder, record)
    first = read_note(folder)["run_id"]
    _, runs = runs_of(default_uri(folder))
    left = {path: path.stat().st_mtime_ns for path in (folder / "mlruns").rglob("*")}
    finish(folder, record)
    assert {path: path.stat().st_mtime_ns for path in (folder / "mlruns").rglob("*")} == left
    _, again = runs_of(default_uri(folder))
    assert read_note(folder)["run_id"] == first
    assert [run.to_dictionary() for run in again] == [run.to_dictionary() for run in runs]
    assert len(again) == 3


def test_what_is_recorded_is_told_without_mlflow(folder, record, finish):
    assert not tracking.recorded(folder, record)
    finish(folder, record)
    without = "import sys; sys.modules['mlflow'] = None; from experiments.tracking import recorded\n"
    without += "from pathlib import Path; from experiments.folder.run_folder import RunFolder\n"
    without += "folder = Path(sys.argv[1]); print(recorded(folder, RunFolder.open(folder).record))"
    told = subprocess.run([sys.executable, "-c", without, folder], check=True, capture_output=True, encoding="utf-8")
    assert told.stdout == "True\n"
    assert not tracking.recorded(folder, {**record, "data_digest": "0" * 64})
    assert not tracking.recorded(folder, {**record, "settings_digest": "0" * 64})
    assert not tracking.recorded(folder, record, "http://127.0.0.1:5000")
    keep_findings(RunFolder.open(folder), Findings("diagnose", metrics={"auc": 0.7}))
    assert not tracking.recorded(folder, record)
    log_findings(folder, "diagnose")
    assert tracking.recorded(folder, record)
    TrackingStore(default_uri(folder)).end(read_note(folder)["run_id"], "FAILED")
    assert not tracking.recorded(folder, record)
    (folder / "mlflow.db").unlink()
    assert not tracking.recorded(folder, record)


def test_other_results_of_the_same_settings_are_a_new_run(folder, record, finish, runs_of):
    finish(folder, record)
    first = read_note(folder)["run_id"]
    content = RunFolder.open(folder)
    RunFolder(folder, {**content.record, "data_digest": "0" * 64}).seal()
    finish(folder, record)
    assert read_note(folder)["run_id"] != first
    _, runs = runs_of(default_uri(folder))
    assert len(runs) == 6
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_a_folder_that_was_moved_keeps_its_artifacts_beside_its_database(folder, record, tmp_path, finish, runs_of):
    """The next run made the old folder again and put its artifacts there; earlier ones were not found."""
    finish(folder, record)
    first = read_note(folder)["run_id"]
    moved = tmp_path / "100 % #1? [ü&=@:]" / "moved"
    moved.parent.mkdir()
    folder.rename(moved)
    content = RunFolder.open(moved)
    RunFolder(moved, {**content.record, "data_digest": "0" * 64}).seal()  # other images: a new run
    finish(moved, record)
    client, runs = runs_of(TrackingStore(default_uri(moved)).uri.replace("sqlite:", "sqlite+pysqlite:"))
    assert len(runs) == 6
    assert first in {run.info.run_id for run in runs}
    for run in runs:
        assert client.list_artifacts(run.info.run_id), run.info.artifact_uri
        assert (moved / "mlruns" / run.info.run_id / "artifacts").is_dir()
    assert not folder.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [moved.parent.name]


@pytest.mark.parametrize("command", ["run", "report"])
def test_a_folder_that_was_moved_and_not_changed_has_its_artifacts_found(
    folder, record, tmp_path, finish, runs_of, command
):
    """MLflow listed none of them until a run recorded something else."""
    finish(folder, record)
    moved = folder.rename(tmp_path / "moved")
    known = "import sys; sys.modules['mlflow'] = None; from pathlib import Path\n"
    known += "from experiments.folder.run_folder import RunFolder; from experiments.tracking import recorded\n"
    known += "folder = Path(sys.argv[1]); sys.exit(not recorded(folder, RunFolder.open(folder).record))"
    words = {"run": ["-c", known, moved], "report": ["-m", "radharmony", "report", moved]}
    subprocess.run([sys.executable, *words[command]], check=True)
    client, runs = runs_of(default_uri(moved))
    assert len(runs) == 3
    for run in runs:
        assert client.list_artifacts(run.info.run_id), run.info.artifact_uri


def test_a_moved_folder_whose_database_is_locked_has_its_report_and_is_told(folder, record, tmp_path, finish):
    finish(folder, record)
    moved = folder.rename(tmp_path / "moved")
    unlock = break_lock(moved / "mlflow.db")
    command = [sys.executable, "-m", "radharmony", "report", moved]
    told = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    unlock()
    assert "warning: MLflow: " in told.stderr
    assert "database is locked" in told.stderr
    assert not tracking.recorded(folder, record)


def test_findings_of_a_moved_folder_are_logged_where_it_is(folder, record, tmp_path, finish):
    finish(folder, record)
    moved = folder.rename(tmp_path / "moved")
    (moved / "diagnose").mkdir()
    (moved / "diagnose" / "roc.csv").write_text("x")
    keep_findings(RunFolder.open(moved), Findings("diagnose", artifacts=[moved / "diagnose" / "roc.csv"]))
    run = log_findings(moved, "diagnose")
    assert (moved / "mlruns" / run / "artifacts" / "diagnose" / "roc.csv").is_file()
    assert not folder.exists()


def break_lock(path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other.close


def break_delete(path):
    path.unlink()
    return nothing


def break_overwrite(path):
    path.write_bytes(b"no database" * 100)
    return nothing


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(break_lock, "database is locked"), (break_delete, "is gone"), (break_overwrite, "file is not a database")],
)
def test_a_database_that_breaks_in_the_middle_is_told_in_one_line(folder, record, damage, reason, capfd, golden):
    """MLflow printed tracebacks, waited for minutes, or went on with a file that was deleted."""
    with tracked_run(folder, record) as tracked:
        mend = damage(folder / "mlflow.db")
        start = time.monotonic()
        with golden.warning(TrackingWarning):
            tracked.finish(nothing)
        assert time.monotonic() - start < 60
        mend()
    assert reason in tracked.problem
    assert len(tracked.problem.splitlines()) == 1
    assert capfd.readouterr() == ("", "")


def test_other_subjects_or_settings_make_a_new_run_and_end_the_one_before(folder, record, status, finish, golden):
    with pytest.raises(KeyboardInterrupt), tracked_run(folder, record):
        raise KeyboardInterrupt
    store, first = TrackingStore(default_uri(folder)), read_note(folder)["run_id"]
    store.reopen(first)  # as after kill -9
    with golden.warning(TrackingWarning):
        finish(folder, {**record, "settings_digest": "another"})
    assert store.state(first)[0] == "KILLED"
    assert status(folder) == "FINISHED"


def test_a_run_that_was_deleted_in_mlflow_is_begun_anew_and_said(folder, record, status, finish, golden):
    with pytest.raises(RuntimeError), tracked_run(folder, record):
        raise RuntimeError
    first = read_note(folder)["run_id"]
    mlflow.MlflowClient(default_uri(folder)).delete_run(first)
    with golden.warning(TrackingWarning, varies=first):
        finish(folder, record)
    assert read_note(folder)["run_id"] != first
    assert status(folder) == "FINISHED"


def test_another_place_makes_a_new_run_and_is_said(folder, record, tmp_path, status, finish, golden):
    with pytest.raises(RuntimeError), tracked_run(folder, record):
        raise RuntimeError
    elsewhere = f"sqlite:///{tmp_path}/elsewhere.db"
    with golden.warning(TrackingWarning):
        finish(folder, record, elsewhere)
    assert status(folder, elsewhere) == "FINISHED"
    assert list((tmp_path / "mlruns").glob("*/artifacts/report.html"))
    assert not Path("mlruns").exists()  # MLflow's own choice: the folder the command was called from


def test_a_damaged_note_is_no_obstacle(folder, record, status, finish):
    (folder / "tracking.json").write_text("{")
    finish(folder, record)
    assert status(folder) == "FINISHED"


def test_a_database_of_the_folder_that_cannot_be_used_is_not_blamed_on_an_option(folder, record, finish):
    """The advice named `tracking_uri`, which nobody had given."""
    (folder / "mlflow.db").write_bytes(b"no database" * 1000)
    with pytest.warns(TrackingWarning) as told:
        finish(folder, record)
    last = str(told[-1].message)
    assert "move it away, and a new one is made" in last
    assert last.endswith("are complete, mend that and run the same command again")
    assert "tracking_uri" not in last


def test_what_goes_to_another_machine_is_said_first(folder, record):
    with pytest.warns(TrackingWarning) as told, tracked_run(folder, record, "http://ana:secret@mlflow.invalid") as run:
        assert run.problem == ""
    assert "goes to http://ana:***@mlflow.invalid" in str(told[0].message)
    assert "name subjects" in str(told[0].message)
    assert not any("secret" in str(one.message) for one in told)
