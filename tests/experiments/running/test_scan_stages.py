"""Each stage leaves its files, and a later run takes over what still holds."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from experiments.executors import Serial
from experiments.folder.files import QUALITY
from experiments.folder.run_folder import RunFolder
from experiments.running.pictures.pictures import picture
from experiments.running.scan_stages import audit, fit, gather, look, register
from experiments.running.store.finished import Store
from experiments.running.work import Work
from experiments.study.study import Study
from harmonize.steps import N4BiasField


def begun(simulated, folder):
    store = Store(folder / "finished")
    return Work(Study.from_yaml(simulated), RunFolder(folder), store, Serial(), lambda *_: None, (), sidecars={})


def files(folder):
    return {path.name for path in folder.iterdir()} - {"finished"}


@pytest.fixture
def passed(simulated, tmp_path):
    """A work that has passed all stages of scans, with the files that each of them left."""
    work, left = begun(simulated, tmp_path), {}
    for stage in (register, fit, look, gather, audit, picture):
        before = files(tmp_path)
        stage(work)
        left[stage.__name__] = files(tmp_path) - before
    return work, left


def test_each_stage_leaves_its_files_and_a_second_work_takes_them_over(passed, simulated, tmp_path):
    work, left = passed
    assert left == {
        "register": set(),
        "fit": set(),
        "look": {"failures.csv"},
        "gather": {"features.parquet"},
        "audit": {"audit.json", "image_quality.parquet"},
        "picture": {"pictures"},
    }
    assert work.record["slice_axis"] == 0
    assert len(work.results) == 12
    assert not any(result.rows.cells for result in work.results)  # which are in the table now
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "features.parquet"), work.features)

    again = begun(simulated, tmp_path)
    fit(again)
    look(again)
    assert again.audit == work.audit
    assert [result.reused for result in again.results] == [2] * 12
    assert all(result.look is None for result in again.results)  # nothing is looked at again
    assert again.data_digest == work.data_digest

    pd.testing.assert_frame_equal(again.run[QUALITY], work.run[QUALITY])
    work.run[QUALITY].iloc[1:].to_parquet(tmp_path / QUALITY)  # not the one that the look has left
    changed = begun(simulated, tmp_path)
    fit(changed)
    look(changed)
    assert changed.audit is None
    gather(changed)
    audit(changed)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / QUALITY), work.run[QUALITY])

    record = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    (tmp_path / "audit.json").write_text(json.dumps({**record, "errors": 7}), encoding="utf-8")  # changed by hand
    anew = begun(simulated, tmp_path)
    fit(anew)
    look(anew)
    assert anew.audit is None
    assert all(result.look is not None for result in anew.results)


def test_gray_levels_after_slow_steps_are_not_called_uncounted_where_the_run_has_them(passed):
    """The report, which has the gray levels of all strategies, said that they were not counted."""
    work, _ = passed
    slow = [replace(strategy, steps=(N4BiasField(),)) for strategy in work.study.strategies]
    work.study, work.audit = replace(work.study, strategies=tuple(slow)), None
    audit(work)
    assert "bins_not_counted" not in {finding["kind"] for finding in work.audit["findings"]}
