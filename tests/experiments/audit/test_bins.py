"""Gray levels under the chosen bin width, told in a few findings."""

import math
import re

import numpy as np
import pytest

from evaluation.extraction import bins_in_roi, extract
from experiments.audit.bins import BinCount, SlowLevels, _advice, audit_bins, quick
from experiments.audit.scans import look
from experiments.study.study import Study
from harmonize.formats import read_volume


def chosen(small, setting, **strategy):
    small.values["strategies"] = {"raw": {"extraction": {"setting": setting}, **strategy}}
    return small.audit()


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (200, "error too_few_bins"),
        (60, "warning few_bins"),
        (12, None),
        (4, "warning many_bins"),
        (1, "error too_many_bins"),
    ],
)
def test_levels_at_each_side_of_the_usual_range(small, kinds, width, expected):
    found = chosen(small, {"binWidth": width})
    assert kinds(found) == ([expected] if expected else [])
    if expected:
        (finding,) = found.findings
        assert finding.problem.startswith("12 of 12 ROIs have ")
        assert f"at binWidth {width}" in finding.problem


@pytest.mark.parametrize("width", [200, 60, 4, 1])
def test_the_suggested_width_is_sound(small, width):
    (finding,) = chosen(small, {"binWidth": width}).findings
    suggested = float(re.search(r"binWidth to about ([\d.e+-]+)", finding.advice).group(1))
    assert chosen(small, {"binWidth": suggested}).findings == ()


def test_where_no_width_suits_all_the_advice_says_so(small):
    rng = np.random.default_rng(0)
    for subject, scale in (("S1", 1), ("S2", 30), ("S3", 900)):
        for acquisition in ("REF", "ACC"):
            small.image(f"{subject}_{acquisition}.nii.gz", rng.normal(300, 100, (6, 24, 24)) * scale)
    found = chosen(small, {"binWidth": 12})
    assert {finding.kind for finding in found.findings} == {"too_many_bins"}
    assert "8 of 12 ROIs" in found.findings[0].problem
    assert "no binWidth suits all ROIs" in found.findings[0].advice
    assert "normalize them, such as by zscore" in found.findings[0].advice


def test_what_is_normalized_already_is_not_told_to_be(small):
    """z-scored images were told to be normalized, such as by zscore."""
    rng = np.random.default_rng(0)
    for name, sd in (("S1_REF", 1.0), ("S2_REF", 400.0)):  # the ROI is narrow beside the rest of the image, or wide
        noise = rng.normal(300, 100, (6, 24, 24))
        noise[:, :2] = rng.normal(300, 20_000 / sd, (6, 2, 24))
        small.image(f"{name}.nii.gz", noise)
    found = chosen(small, {"binWidth": 0.05}, steps=["zscore"])
    advice = [finding.advice for finding in found.findings if "no binWidth" in finding.advice]
    assert advice
    assert all("normalize them" not in text and "set binCount instead" in text for text in advice)


def test_the_run_refuses_exactly_what_the_audit_calls_an_error(small):
    small.values["strategies"] = {"raw": {"extraction": {"setting": {"binWidth": 75}}}}
    small.image("S1_REF.nii.gz", np.random.default_rng(0).normal(300, 60, (6, 24, 24)))
    study = Study.from_yaml(small.write())
    refused = 0
    for scan in study.scans:
        volume, _ = read_volume(scan.image, scan.masks)
        refused += len(extract(volume, study.strategies[0].extraction).failures)
    (error,) = [finding for finding in small.audit().findings if finding.level == "error"]
    assert refused
    assert error.problem.startswith(f"{refused} of 12 ROIs")


def test_own_limits_of_the_study_are_heeded(small, kinds):
    small.values["extraction"]["bin_limits"] = None
    assert kinds(chosen(small, {"binWidth": 200})) == ["warning few_bins"]
    small.values["extraction"]["bin_limits"] = [20, 30]
    assert "error too_many_bins" in kinds(chosen(small, {"binWidth": 12}))


def test_a_bin_count_is_judged_as_it_is(small, kinds):
    assert kinds(chosen(small, {"binCount": 64})) == []
    found = chosen(small, {"binCount": 12})
    assert kinds(found) == ["warning few_bins"]
    assert "binCount" in found.findings[0].advice


def test_an_roi_without_gray_levels_is_found_and_nothing_is_raised(small):
    noise = np.random.default_rng(0).normal(size=(6, 24, 24))
    small.image("S1_REF.nii.gz", np.where(noise < 0, 1.0, 1.0 + 2**-52))
    problems = [finding.problem for finding in chosen(small, {"binCount": 64}).findings if finding.level == "error"]
    assert problems
    assert all("discretization of ROI" in problem and "have no gray levels" in problem for problem in problems)


def test_normalization_by_the_extraction_counts(small, kinds):
    normal = {"normalize": True, "normalizeScale": 100}
    assert kinds(chosen(small, {**normal, "binWidth": 12})) == []
    assert kinds(chosen(small, {**normal, "normalizeScale": 1, "binWidth": 12})) == ["error too_few_bins"]


def test_the_count_is_that_of_the_extraction(small):
    small.values["strategies"] = {"normalized": {"extraction": {"setting": {"normalize": True, "binWidth": 0.2}}}}
    study = Study.from_yaml(small.write())
    volume, _ = read_volume(study.scans[0].image, study.scans[0].masks)
    by_extraction = {roi: found.bins for roi, found in extract(volume, study.strategies[0].extraction).features.items()}
    assert {count.roi: count.bins for count in look(study.scans[0], study.strategies).bins} == by_extraction


def test_slow_strategies_are_named_not_judged(small, kinds):
    small.values["strategies"] = {
        "n4": {"steps": ["n4"]},
        "mm": {"extraction": {"setting": {"resampledPixelSpacing": [2, 2, 0]}}},
    }
    found = small.audit()
    assert kinds(found) == ["note bins_not_counted"]
    assert found.findings[0].where == "strategies n4, mm"
    assert "8 to 256" in found.findings[0].advice


def test_shape_alone_needs_no_bins(small, kinds):
    small.values["strategies"] = {"shape": {"steps": ["n4"], "extraction": {"featureClass": {"shape": None}}}}
    assert kinds(small.audit()) == []


def test_two_thousand_rois_are_a_few_findings(small):
    study = Study.from_yaml(small.write())
    scan = study.scans[0]
    rng = np.random.default_rng(0)
    counted = [
        (scan, BinCount(strategy.name, f"roi{i}", int(bins), float(bins) * 12))
        for strategy in study.strategies
        for i, bins in enumerate(rng.integers(1, 400, 1000))
    ]
    findings = list(audit_bins(study.strategies, counted))
    assert len(findings) == 8  # two strategies, four kinds
    assert all(len(finding.problem) < 300 for finding in findings)
    assert sum(int(finding.problem.split()[0]) for finding in findings) < 2000


def test_quick_is_what_only_clips_and_scales(small):
    small.values["strategies"] = {
        "raw": None,
        "both": {"steps": ["zscore", "clip"]},
        "resampled": {"steps": [{"resample": {"spacing": 2}}]},
        "diffused": {"steps": ["diffusion"]},
    }
    study = Study.from_yaml(small.write())
    assert [quick(strategy) for strategy in study.strategies] == [True, True, False, False]


@pytest.mark.parametrize("seed", range(5))
def test_the_law_of_the_suggestion(seed):
    """A suggested width gives every range 16 to 128 gray levels, the middle one 32 to 64, whatever its offset."""
    rng = np.random.default_rng(seed)
    ranges = rng.uniform(1, rng.uniform(1.5, 7.5), 50) * 10 ** rng.uniform(-6, 6)
    advice = _advice(list(ranges), False)
    width = float(advice.split("about ")[1].split()[0])
    assert math.isfinite(width)
    for extent, least, most in [*((extent, 16, 128) for extent in ranges), (np.median(ranges), 32, 64)]:
        low = rng.uniform(-3, 3) * extent
        assert least <= bins_in_roi(np.array([low, low + extent]), {"binWidth": width}) <= most


def test_where_ranges_are_alike_the_width_is_that_of_the_middle(small):
    (finding,) = chosen(small, {"binWidth": 200}).findings
    assert re.search(r": about 4\d gray levels in the middle ROI", finding.advice)


def test_counts_after_slow_steps_are_judged_as_others_and_a_sample_is_stated(small):
    small.values["strategies"] = {"n4": {"steps": ["n4"]}, "other": {"steps": ["n4", "zscore"]}}
    study = Study.from_yaml(small.write())
    counted = tuple((study.scans[0], BinCount("n4", roi, bins, bins * 25.0)) for roi, bins in (("a", 4), ("b", 5)))
    found = list(audit_bins(study.strategies, [], SlowLevels(counted, ("n4",), 1, 6)))
    assert [(one.kind, one.where) for one in found] == [
        ("too_few_bins", "strategy n4"),
        ("bins_of_a_sample", "strategies n4"),
        ("bins_not_counted", "strategies other"),
    ]
    assert "counted on 1 of 6 scans" in found[1].problem
    whole = list(audit_bins(study.strategies, [], SlowLevels(counted, ("n4", "other"), 6, 6)))
    assert [one.kind for one in whole] == ["too_few_bins"]
