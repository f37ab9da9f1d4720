"""Law: whatever takes a path takes a text as well, and says what it expects of anything else."""

import pandas as pd
import pytest

import radharmony as rh
from harmonize.errors import ConfigurationError

GRID = rh.Grid((3, 3, 1))

PATHS = {
    "read_image": lambda path: rh.read_image(path),
    "read_volume": lambda path: rh.read_volume(path, {}),
    "write_image": lambda path: rh.write_image(pd.DataFrame().to_numpy(), GRID, path),
    "MaskSource": lambda path: rh.MaskSource(path),
    "Whitelist.read": lambda path: rh.Whitelist.read(path),
    "Cohort.read": lambda path: rh.Cohort.read(path),
    "Study.from_yaml": lambda path: rh.Study.from_yaml(path),
    "Fits.read": lambda path: rh.Fits.read(path, "nyul", rh.Nyul),
    "ComBat.load": lambda path: rh.ComBat.load(path),
    "GroupedHarmonizer.load": lambda path: rh.GroupedHarmonizer.load(path),
    "RunFolder": lambda path: rh.RunFolder(path),
    "RunFolder.open": lambda path: rh.RunFolder.open(path),
    "run_study": lambda path: rh.run_study(path, "results"),
    "audit": lambda path: rh.audit(path),
    "add_to_run": lambda path: rh.add_to_run(path, None),
    "keep_findings": lambda path: rh.keep_findings(path, rh.Findings("x")),
    "log_findings": lambda path: rh.log_findings(path, "x"),
    "write_study": lambda path: rh.write_study(path, rh.Simulation(subjects=2)),
    "read_feature_table": lambda path: rh.read_feature_table(path),
    "run_reliability": lambda path: rh.run_reliability(path),
    "run_reliability of several": lambda path: rh.run_reliability({"a": path}),
    "run_harmonization": lambda path: rh.run_harmonization(path, rh.HarmonizationSettings(batch="scanner")),
    "run_selection": lambda path: rh.run_selection(path),
    "run_application": lambda path: rh.run_application(path, "features.csv"),
    "run_application of a table": lambda path: rh.run_application("whitelist.json", path),
    "run_diagnosis": lambda path: rh.run_diagnosis(path, rh.DiagnosisSettings(target="y")),
    "run_tradeoff": lambda path: rh.run_tradeoff(path, rh.TradeoffSettings(target="y", condition="c")),
    "run_transfer": lambda path: rh.run_transfer(path, rh.TransferSettings(target="y", train="a", test="b")),
    **{
        name: lambda path, name=name: getattr(rh, name)(path, None)
        for name in (
            *("write_reliability", "write_harmonized", "write_whitelist", "write_applied"),
            *("write_diagnosis", "write_tradeoff", "write_transfer"),
        )
    },
}


@pytest.mark.parametrize("value", [None, 7], ids=str)
@pytest.mark.parametrize("name", PATHS)
def test_what_is_no_path_is_refused_in_words(name, value, golden):
    with golden.error(ConfigurationError):
        PATHS[name](value)


def test_a_mask_is_read_by_its_name_as_a_text(tmp_path):
    # It was said to be damaged: 'str' object has no attribute 'name'.
    rh.write_image(
        pd.DataFrame([[0, 0, 0], [0, 1, 1], [0, 1, 0]]).to_numpy().reshape(1, 3, 3), GRID, str(tmp_path / "mask.nii")
    )
    masks, failures = rh.read_masks({"liver": rh.MaskSource(str(tmp_path / "mask.nii"))}, GRID)
    assert not failures
    assert masks["liver"].sum() == 3


def test_a_study_is_read_from_its_file(tmp_path):
    rh.write_study(str(tmp_path / "study"), rh.Simulation(subjects=2, sequences=("HASTE",), matrix=96, slices=1))
    file = str(tmp_path / "study" / "study.yaml")
    assert rh.audit(file).completeness == rh.audit(rh.Study.from_yaml(file)).completeness
