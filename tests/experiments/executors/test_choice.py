"""One setting names where tasks are computed; every stage of a run says what became of those that ended all workers."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from experiments.audit.audit import audit
from experiments.cli.run import run
from experiments.executors import Processes, Serial, choose_executor
from experiments.executors.executor import ending, fatal
from experiments.running.carry import register_scans
from experiments.running.cohort.barrier import fit_cohorts
from experiments.running.store.finished import Store
from experiments.study.roi_sources import CarriedSource
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.registration import Registration


class NothingSurvives(Serial):
    """In place of workers that all die twice, which other tests have for real."""

    def map(self, function, tasks, done, lost):
        return [lost(fatal(ending(-11)), *task) for task in tasks]


def test_one_setting_names_the_place(golden):
    assert isinstance(choose_executor(None), Serial)
    assert isinstance(choose_executor(3), Processes)
    with golden.error(ConfigurationError):
        choose_executor(0)


def test_a_missing_extra_is_an_error_with_the_command_to_install_it(simulated, tmp_path):
    code = "import sys; sys.modules['distributed'] = None; from experiments.cli import main; main()"
    arguments = ["run", simulated, "--out", tmp_path / "out", "--no-tracking", "--scheduler", "tcp://127.0.0.1:9"]
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, encoding="utf-8", check=False
    )
    assert ran.returncode == 2
    assert 'python -m pip install "radharmony[dask]"' in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("turned", [False, True])
def test_jobs_and_scheduler_exclude_each_other(turned):
    options = [["--scheduler", "tcp://127.0.0.1:9"], ["--jobs", "2"]]
    first, second = reversed(options) if turned else options
    ran = CliRunner().invoke(run, ["study.yaml", "--out", "out", *first, *second])
    assert isinstance(ran.exception, ConfigurationError)
    assert "--scheduler and --jobs exclude each other" in str(ran.exception)


def test_running_out_of_memory_in_this_process_is_tried_twice_and_told():
    calls = []

    def swell(number):
        calls.append(number)
        raise MemoryError

    with Serial() as executor:
        (found,) = executor.map(swell, [(1,)], print, lambda error, *_: error)
    assert calls == [1, 1]
    assert "ran out of memory" in found.problem
    assert "memory may have run out" in found.advice


def test_the_audit_finds_scans_that_no_worker_survived(simulated):
    study = Study.from_yaml(simulated)
    found = audit(study, executor=NothingSurvives())
    kinds = [finding for finding in found.findings if finding.kind == "worker_ended"]
    assert len(kinds) == len(study.scans)
    assert "SIGSEGV" in kinds[0].problem


def test_a_cohort_leaves_out_scans_that_no_worker_survived(study_file, tmp_path):
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("[zscore]", "[nyul]"))
    study = Study.from_yaml(study_file)
    store = Store(tmp_path)
    fitted = fit_cohorts(study.strategies, study.scans, store, NothingSurvives(), print)
    (fits,) = fitted[1].steps
    assert fits.sequences == {}
    assert len(fits.left_out["HASTE"]) == len(study.scans)


def test_rois_are_not_carried_to_scans_that_no_worker_survived(study_file, tmp_path):
    table = study_file.parent / "images.csv"
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    own = [row if ",REF,STD," in row else row.rpartition(",")[0] + "," for row in rows]
    table.write_text("\n".join([header, *own]) + "\n")
    study_file.write_text(study_file.read_text(encoding="utf-8") + "registration: {from: reference}\n")
    study = Study.from_yaml(study_file)
    store = Store(tmp_path)
    carried = register_scans(study.scans, Registration(), tmp_path / "json", store, NothingSurvives(), lambda *_: None)
    assert set(carried.table["status"]) == {"refused"}
    assert carried.table["problem"].str.contains("SIGSEGV").all()
    sources = [source for scan in carried.scans for source in scan.masks.values()]
    assert any(isinstance(source, CarriedSource) for source in sources)
