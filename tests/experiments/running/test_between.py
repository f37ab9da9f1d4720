"""Volumes handed over between the pass that fits and the pass for features: only a shortcut, whatever happens."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from experiments.running import between as module
from experiments.running.between import FOLDER, Between, handing_over, walk_on
from experiments.running.runner import run_study
from experiments.study.plan import StepFailure, walk
from experiments.study.study import Study
from harmonize.image.volume import Grid, Volume
from harmonize.steps import Clip, N4BiasField, ZScore, describe

pytestmark = pytest.mark.usefixtures("no_page")

TABLES = ("features.parquet", "reliability.parquet", "summary.csv", "strategies.csv", "failures.csv")

STRATEGIES = """strategies:
  n4_zscore:
    steps: [n4, zscore]
  n4_nyul:
    steps: [n4, {nyul: {fit_on: {acquisition: [REF]}}}]
    extraction: {setting: {binWidth: 7}}
  twice:
    steps: [n4, {nyul: {fit_on: {acquisition: [REF]}}}, {resample: {spacing: [2.5, null, null]}}, median,
            histogram_matching]
    extraction: {setting: {binWidth: 7}}
"""

N4 = (N4BiasField(), Clip())
SPENT = (60.0, 1.5)


@pytest.fixture(scope="module")
def study_file(simulated, tmp_path_factory):
    """The small study with steps that learn, behind steps worth handing over."""
    path = shutil.copytree(simulated.parent, tmp_path_factory.mktemp("handed") / "study") / "study.yaml"
    text = path.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    path.write_text(text[:before] + STRATEGIES + text[after:], encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def undisturbed(study_file, tmp_path_factory):
    """Give tables of a run that handed nothing over, and which corrections it made."""
    out = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SPARE", 1.0)  # no disk is that empty
        done = corrections(patch)
        run(study_file, out)
    return tables(out), done


@pytest.fixture
def between(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SPARE", 0.0)
    with handing_over(tmp_path) as place:
        yield place


@pytest.fixture
def volume():
    rng = np.random.default_rng(3)
    grid = Grid((5, 3, 7), (0.1, 0.7, 3.0), (-1e-17, 1 / 3, 12.5), (0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0))
    masks = {"liver": rng.random(grid.shape) > 0.5, "Milz \N{GREEK SMALL LETTER ALPHA}": rng.random(grid.shape) > 0.9}
    return Volume(rng.normal(size=grid.shape), grid, masks)


def held(folder):
    return sorted(path.name for path in (folder / FOLDER).iterdir())


def run(path, out, **options):
    return run_study(replace(Study.from_yaml(path), pictures=0), out, track=False, **options)


def corrections(patch):
    """Give a list that grows with every image that N4 corrects."""
    done = []
    own = N4BiasField.__call__

    def counted(step, volume):
        done.append(describe(step))
        return own(step, volume)

    patch.setattr(N4BiasField, "__call__", counted)
    return done


def tables(folder):
    found = {name: (folder / name).read_bytes() for name in TABLES}
    return found | {path.name: path.read_bytes() for path in (folder / "fitted").iterdir()}


def test_what_is_handed_over_comes_back_to_the_last_bit(between, volume, tmp_path):
    between.give("scan", N4, volume, SPENT)
    other = Grid((5, 3, 7))
    read = replace(volume, image=volume.image + 1, masks={}, reference=other)
    found, spent = between.get("scan", N4, read)
    assert found.image.tobytes() == volume.image.tobytes()
    assert (found.grid, found.reference, spent) == (volume.grid, other, SPENT)
    assert list(found.masks) == list(volume.masks)
    assert all(np.array_equal(found.masks[roi], mask) for roi, mask in volume.masks.items())
    assert between.longest("scan", (*N4, ZScore(), ZScore())) == N4
    assert between.longest("scan", N4[:1]) == between.longest("another", N4) == ()
    between.remove("scan", N4)
    assert held(tmp_path) == []
    assert between.get("scan", N4, read) is None


def test_a_volume_without_rois_comes_back(between, volume):
    between.give("scan", N4, replace(volume, masks={}), SPENT)
    assert dict(between.get("scan", N4, volume)[0].masks) == {}


def test_quick_steps_and_images_that_lie_otherwise_in_memory_are_not_handed_over(between, volume, tmp_path):
    between.give("scan", N4, volume, (1e-7, 1e-7))
    turned = np.asfortranarray(volume.image)
    between.give("scan", N4, volume.with_image(turned), SPENT)
    assert held(tmp_path) == []


@pytest.mark.parametrize("part", [0, 70, 0.5, -1])
def test_a_damaged_volume_is_not_trusted(between, volume, tmp_path, part):
    between.give("scan", N4, volume, SPENT)
    (path,) = (tmp_path / FOLDER).iterdir()
    content = bytearray(path.read_bytes())
    content[int(part * len(content)) if isinstance(part, float) else part] ^= 1
    path.write_bytes(content)
    assert between.get("scan", N4, volume) is None


def test_a_volume_that_is_cut_off_or_that_of_another_is_not_trusted(between, volume, tmp_path):
    between.give("scan", N4, volume, SPENT)
    (path,) = (tmp_path / FOLDER).iterdir()
    between.give("another", N4, volume, SPENT)
    (other,) = set((tmp_path / FOLDER).iterdir()) - {path}
    other.write_bytes(path.read_bytes())
    assert between.get("another", N4, volume) is None
    path.write_bytes(path.read_bytes()[:-10])
    assert between.get("scan", N4, volume) is None
    path.write_bytes(b"")
    assert between.get("scan", N4, volume) is None


def test_strategies_go_on_from_the_longest_beginning_and_share_what_follows(between, monkeypatch):
    places = [(), (Clip(),), (Clip(), ZScore()), (Clip(), ZScore("image")), (ZScore(),)]
    rng = np.random.default_rng(0)
    scan = Volume(rng.gamma(2.0, 50.0, (1, 32, 32)), Grid((32, 32, 1)), {"roi": np.ones((1, 32, 32), bool)})
    alone = {stage.steps: stage.volume for stage in walk(places, scan)}
    between.give("scan", (Clip(),), Clip()(scan), (9.0,))
    calls = []
    monkeypatch.setattr(Clip, "__call__", lambda *_: calls.append("clip"))
    found = list(walk_on(places, scan, "scan", between, last=True))
    assert {stage.steps for stage in found} == set(places)
    for stage in found:
        assert not isinstance(stage.volume, StepFailure)
        np.testing.assert_array_equal(stage.volume.image, alone[stage.steps].image)
        assert len(stage.spent) == len(stage.steps)
        assert (stage.spent[:1] == (9.0,)) == (stage.steps[:1] == (Clip(),))
    assert calls == []
    assert between.longest("scan", (Clip(),)) == ()


def test_no_share_of_the_disk_to_spare_is_no_failure(between, volume, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SPARE", 1.0)
    between.give("scan", N4, volume, SPENT)
    assert held(tmp_path) == []


def test_a_disk_that_is_full_all_the_same_gets_its_room_back(between, volume, tmp_path):
    resource = pytest.importorskip("resource", reason="needs POSIX limits")
    between.give("scan", N4, volume, SPENT)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, usual[1]))
    try:
        between.give("another", N4, volume, SPENT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not (tmp_path / FOLDER).exists()
    between.give("scan", N4, volume, SPENT)  # nobody goes on
    assert not (tmp_path / FOLDER).exists()


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path, volume):
    with handing_over(tmp_path) as place:
        place.give("scan", N4, volume, SPENT)
        shutil.copytree(tmp_path / FOLDER, tmp_path / "left")
    assert not (tmp_path / FOLDER).exists()
    shutil.move(tmp_path / "left", tmp_path / FOLDER)
    (tmp_path / FOLDER / f"{'0' * 32}.part").touch()
    with handing_over(tmp_path) as place:
        assert held(tmp_path) == []
        assert place.get("scan", N4, volume) is None
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "mine.txt").touch()
    with handing_over(tmp_path) as place:
        assert place is None
    assert held(tmp_path) == ["mine.txt"]


def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path, volume):
    elsewhere = tmp_path / "elsewhere"
    Between(elsewhere).give("scan", N4, volume, SPENT)  # there is no such folder
    elsewhere.mkdir()
    (elsewhere / f"{'0' * 64}.volume").touch()
    (tmp_path / FOLDER).symlink_to(elsewhere, target_is_directory=True)
    with handing_over(tmp_path) as place:
        assert place is None
    assert [path.name for path in elsewhere.iterdir()] == [f"{'0' * 64}.volume"]


def test_shared_steps_run_once_a_scan_and_the_bytes_are_the_same(study_file, undisturbed, tmp_path, monkeypatch):
    without, each_time = undisturbed
    assert len(each_time) == 6 + 12 + 12  # the first cohort, the second, features
    done = corrections(monkeypatch)
    monkeypatch.setattr(module, "SPARE", 0.0)
    result = run(study_file, tmp_path / "with")
    assert len(done) == 12
    assert result.failures.empty
    assert tables(tmp_path / "with") == without
    assert not (tmp_path / "with" / FOLDER).exists()


def test_processes_give_the_same_bytes_and_a_full_disk_is_no_failure(study_file, undisturbed, tmp_path):
    run(study_file, tmp_path / "two", jobs=2)
    assert tables(tmp_path / "two") == undisturbed[0]
    assert not (tmp_path / "two" / FOLDER).exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_run_killed_with_volumes_handed_over_goes_on_to_the_same_bytes(pageless, study_file, undisturbed, tmp_path):
    if shutil.disk_usage(tmp_path).free < 1.1 * module.SPARE * shutil.disk_usage(tmp_path).total:
        pytest.skip("the disk is too full for anything to be handed over")
    out = tmp_path / "out"
    command = [*pageless, "run", str(study_file), "--out", str(out), "--jobs", "2", "--no-tracking"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        while process.poll() is None and len(list(out.glob(f"{FOLDER}/*.volume"))) < 3:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    assert len(held(out)) >= 3
    run(study_file, out)
    assert tables(out) == undisturbed[0]
    assert not (out / FOLDER).exists()
