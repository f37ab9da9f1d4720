"""A run opens every image and mask once, whoever wants something; `test_carry` counts it with a registration."""

import csv
import os
import shutil
import time
from collections import Counter

import pandas as pd
import pytest

from experiments.running.runner import run_study
from experiments.study.study import Study
from harmonize.steps import N4BiasField
from tests.experiments.conftest import write_images

STRATEGIES = {
    "plain": "  raw:\n  n4_zscore: {steps: [n4, {zscore: {region: image}}]}\n",
    "nyul": "  raw:\n  nyul: {steps: [n4, {nyul: {fit_on: {acquisition: [REF]}}}]}\n  zscore: {steps: [zscore]}\n",
}


def files(study):
    masks = {str(mask.path) for scan in study.scans for mask in scan.masks.values()}
    return {str(scan.image) for scan in study.scans}, masks


@pytest.mark.parametrize("kind", ["plain", "nyul"])
def test_every_file_is_opened_once(study_file, tmp_path, opened, kind):
    text = study_file.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    study_file.write_text(f"{text[:before]}strategies:\n{STRATEGIES[kind]}{text[after:]}", encoding="utf-8")
    study = Study.from_yaml(study_file)
    images, masks = files(study)
    run_study(study, tmp_path / "out", track=False, intermediates=[study.subjects[0]])
    all_files = images | masks  # of scans outside the cohort too, which share its masks
    assert {name: opened[name] for name in all_files} == dict.fromkeys(all_files, 1)


STEPS = """strategies:
  nyul: {steps: [n4, {nyul: {fit_on: {acquisition: [REF]}}}], extraction: {setting: {binCount: 32}}}
  within: {steps: [n4, {zscore: {region: liver}}, zscore], extraction: {setting: {binCount: 32}}}
"""


@pytest.mark.usefixtures("no_page")
def test_two_readers_are_one_look_and_each_has_the_values_of_a_study_of_its_own(
    drawn_twice, tmp_path, opened, monkeypatch
):
    """Images were opened and corrected once for each reader."""
    text = drawn_twice.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    plain = f"{text[:before]}{STEPS}{text[after:]}"
    facets = "segmentation: anna\nfacets: [segmentation, acquisition, reconstruction: fixed]\n"
    drawn_twice.write_text(plain + facets, encoding="utf-8")
    corrected = Counter()
    monkeypatch.setattr(N4BiasField, "__call__", _counted(N4BiasField.__call__, corrected))
    study = Study.from_yaml(drawn_twice)
    images, masks = files(study)
    both = run_study(study, tmp_path / "both", track=False)
    assert {name: opened[name] for name in images} == dict.fromkeys(images, 1)
    assert sorted(opened[name] for name in masks) == [
        1,
        1,
        1,
        1,
        1,
        2,
    ]  # anew where one has drawn none
    assert corrected.total() == len(images) == 12
    table = pd.read_parquet(both.folder / "features.parquet")
    assert both.features.equals(table[table["segmentation"] == "anna"])
    with (drawn_twice.parent / "images.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name in ("anna", "ben"):
        write_images(drawn_twice, [row for row in rows if row["segmentation"] == name])
        drawn_twice.write_text(plain, encoding="utf-8")
        alone = run_study(Study.from_yaml(drawn_twice), tmp_path / name, track=False)
        own = table[table["segmentation"] == name].reset_index(drop=True)
        if name == "ben":  # what nyul has learned is of anna's scans, of which there is one more
            own, others = (one[one["strategy"] != "nyul"].reset_index(drop=True) for one in (own, alone.features))
            pd.testing.assert_frame_equal(own, others, check_exact=True)
            continue
        pd.testing.assert_frame_equal(own, alone.features, check_exact=True)
        pd.testing.assert_frame_equal(both.reliability, alone.reliability, check_exact=True)
    components = pd.read_parquet(both.folder / "variance_components.parquet")
    assert set(components["strategy"]) == {"nyul", "within"}
    assert (components.groupby("component")["variance"].sum()["subject:segmentation"]) > 0


def _counted(call, counts):
    def counting(step, volume):
        counts[volume.image.tobytes()] += 1
        return call(step, volume)

    return counting


@pytest.mark.usefixtures("no_page")
def test_a_second_reader_who_comes_later_computes_nothing_of_the_first_again(drawn_twice, tmp_path):
    with (drawn_twice.parent / "images.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    write_images(drawn_twice, [row for row in rows if row["segmentation"] == "anna"])
    run_study(Study.from_yaml(drawn_twice), tmp_path / "out", track=False)
    write_images(drawn_twice, rows)
    drawn_twice.write_text(f"{drawn_twice.read_text(encoding='utf-8')}segmentation: anna\n", encoding="utf-8")
    later = run_study(Study.from_yaml(drawn_twice), tmp_path / "out", track=False)
    assert (later.reused, later.record["scans"]) == (2 * 12, 12)
    assert run_study(Study.from_yaml(drawn_twice), tmp_path / "out", track=False).unchanged


@pytest.mark.usefixtures("no_page")
def test_what_fails_of_one_reader_is_told_of_that_one_and_costs_the_other_nothing(drawn_twice, tmp_path):
    first = Study.from_yaml(drawn_twice.parent / "study.yaml", compared=False).scans[1]
    next(iter(first.masks.values())).path.write_bytes(b"not a mask")
    drawn_twice.write_text(f"{drawn_twice.read_text(encoding='utf-8')}segmentation: anna\n", encoding="utf-8")
    found = run_study(Study.from_yaml(drawn_twice), tmp_path / "out", track=False)
    assert set(found.failures["segmentation"]) == {"ben"}
    assert set(found.failures["subject"]) == {first.subject}
    assert len(found.features) == 2 * 12 * 2


def test_an_unchanged_second_run_opens_none(study_file, tmp_path, opened):
    study = Study.from_yaml(study_file)
    time.sleep(2.1)  # a file that has just changed is read again, as its times may stay when it changes once more
    first = run_study(study, tmp_path / "out", track=False)
    report, record = (tmp_path / "out" / name for name in ("report.html", "run.json"))
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in (report, record)]
    opened.clear()
    again = run_study(study, tmp_path / "out", track=False)
    assert not opened
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in (report, record)] == before
    assert (first.unchanged, again.unchanged) == (False, True)
    assert (again.reused, again.remembered, again.errors) == (2 * 12, 0, first.errors)
    assert again.strategies.equals(first.strategies)
    assert again.failures.empty


@pytest.mark.usefixtures("no_page")
def test_a_second_run_works_where_something_changed_or_is_missing(study_file, begun):
    study, out = Study.from_yaml(study_file), begun
    run_study(study, out, track=False)

    def renewed(**options):
        before = (out / "run.json").stat().st_mtime_ns
        run_study(Study.from_yaml(study_file), out, track=False, **options)
        return (out / "run.json").stat().st_mtime_ns != before

    assert not renewed()
    (out / "summary.csv").unlink()
    assert renewed()
    (out / "reliability.parquet").write_bytes(b"damaged")
    assert renewed()
    next((out / "pictures").rglob("*.jpg")).unlink()
    assert renewed()
    assert not renewed()
    image = study.scans[0].image
    content = image.read_bytes()
    image.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))  # of the same size, within the same second
    os.utime(image, ns=(study_file.stat().st_atime_ns, study_file.stat().st_mtime_ns))
    assert renewed()


def test_a_second_run_makes_a_damaged_report_again(simulated, finished, tmp_path):
    """A truncated report, lost figures and a lost checklist were called unchanged and stayed as they were."""
    study, out = Study.from_yaml(simulated), tmp_path / "out"
    shutil.copytree(finished.folder, out)
    picture = next((out / "figures").rglob("*.svg"))
    parts = [out / "report.html", out / "checklist.csv", picture, out / "report.json"]
    before = [path.read_bytes() for path in parts]
    record = (out / "run.json").stat().st_mtime_ns
    for part in parts:
        part.write_bytes(b"x")
        run_study(study, out, track=False)
        assert [path.read_bytes() for path in parts] == before
    shutil.rmtree(out / "figures")
    run_study(study, out, track=False)
    assert picture.is_file()
    assert (out / "run.json").stat().st_mtime_ns == record


@pytest.mark.usefixtures("no_page")
def test_files_are_read_again_where_their_digests_were_taken_away(study_file, begun):
    """Within one process what `finished/.files` had told was still believed after somebody had deleted it."""
    study, out = Study.from_yaml(study_file), begun
    run_study(study, out, track=False)
    digests = out / "finished" / ".files"
    digests.unlink()
    run_study(study, out, track=False)
    assert digests.is_file()


@pytest.mark.usefixtures("no_page")
def test_a_sidecar_that_changes_during_a_run_is_looked_at_by_the_next(study_file, tmp_path):
    study = Study.from_yaml(study_file)
    image = study.scans[0].image
    sidecar = image.with_name(image.name.removesuffix(".gz").removesuffix(".nii") + ".json")
    sidecar.write_text('{"EchoTime": 0.1}', encoding="utf-8")

    def change(what, _done, _total):
        if what == "statistics":
            sidecar.write_text('{"EchoTime": 0.7}', encoding="utf-8")

    def protocol(**options):
        run_study(study, tmp_path / "out", track=False, **options)
        return (tmp_path / "out" / "protocol.csv").read_text(encoding="utf-8")

    first = protocol(progress=change)
    assert protocol() != first
