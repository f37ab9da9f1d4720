from experiments.executors import Serial
from experiments.folder.run_folder import RunFolder
from experiments.running.store.finished import Store
from experiments.running.work import Work
from experiments.study.study import Study


def test_work_begins_with_what_was_asked_and_tells_how_far_each_stage_is(simulated, tmp_path):
    study, calls = Study.from_yaml(simulated), []
    work = Work(study, RunFolder(tmp_path), Store(tmp_path), Serial(), lambda *call: calls.append(call), ())
    assert work.study is study
    assert (work.results, work.failed, work.record, work.audit) == ([], [], {}, None)
    work.told("pictures")(1, 3)
    assert calls == [("pictures", 1, 3)]
    assert list(tmp_path.iterdir()) == []
