import numpy as np
import pandas as pd
from click.testing import CliRunner

from experiments.analyses.reliability.command import reliability
from experiments.analyses.select.command import select
from selection import Whitelist


def test_a_whitelist_limits_the_features(run, refused, names, roles, table, tmp_path):
    passing = tuple(sorted(name for name in names if name != "original_glcm_F03"))
    whitelist = Whitelist(
        "raw", {"T2": {"liver": passing}}, {"T2": {"liver": 20}}, {}, failing={"T2": {"liver": ("original_glcm_F03",)}}
    )
    path = tmp_path / "whitelist.json"
    path.write_text(whitelist.to_json())
    given = (*roles(table, tmp_path / "out"), "--whitelist", path, "--no-baselines")
    assert "--allow unknown" in refused(*given)
    result = run(*given, "--allow", "unknown")
    assert result.exit_code == 0, result.output
    assert "note: whitelist: 19 of 20 features" in result.output
    assert set(pd.read_csv(tmp_path / "out" / "selected.csv")["feature"]) <= set(passing)


def test_columns_of_sequence_and_roi_are_guessed_as_elsewhere(run, patients, roles, tmp_path):
    """`apply` took `Organ` for the column of the ROI, and `diagnose --whitelist` did not look for one."""
    lists = {"T2": {"liver": ("original_glcm_F03",), "spleen": ("original_glcm_F04",)}}
    whitelist = Whitelist("raw", lists, {"T2": {"liver": 20, "spleen": 20}}, {})
    (tmp_path / "whitelist.json").write_text(whitelist.to_json())
    patients().assign(Organ="spleen").to_csv(tmp_path / "patients.csv", index=False)
    given = (*roles(tmp_path / "patients.csv", tmp_path / "out"), "--whitelist", tmp_path / "whitelist.json")
    result = run(*given, "--no-baselines", "--allow", "unknown", "--allow", "missing")
    assert result.exit_code == 0, result.output
    assert "whitelist: column 'Organ' is taken as the roi" in result.output
    assert set(pd.read_csv(tmp_path / "out" / "selected.csv")["feature"]) == {"original_glcm_F04"}


def test_a_whitelist_from_the_same_scans_is_refused(run, refused, names, patients, roles, tmp_path, seal_run):
    patients().to_parquet(tmp_path / "features.parquet")
    settings = {"steps": [], "extraction": {}}
    strategies = [{"name": "raw", "digest": "s", **settings}]
    seal_run(tmp_path, ["features.parquet"], data_digest="abc", strategies=strategies)
    given = (*roles(tmp_path / "features.parquet", tmp_path / "out"), "--whitelist", tmp_path / "whitelist.json")
    for digest in ("abc", "other"):
        features = {"T2": {"liver": tuple(sorted(names))}}
        whitelist = Whitelist("raw", features, {"T2": {"liver": 20}}, {}, settings=settings, data_digest=digest)
        (tmp_path / "whitelist.json").write_text(whitelist.to_json())
        if digest == "abc":
            assert "was made from the same scans" in refused(*given)
        else:
            assert run(*given, "--no-baselines").exit_code == 0


def test_a_whitelist_of_the_very_same_table_is_refused(run, refused, names, patients, roles, tmp_path):
    """Whitelists of tables of `radharmony reliability` had no digest, so that the guard could not fire."""
    first, second = patients(), patients()
    noise = np.random.default_rng(5).normal(scale=0.1, size=(60, len(names)))
    second[names] = second[names] + noise
    frame = pd.concat([first.assign(condition="A"), second.assign(condition="B")])
    path = tmp_path / "patients.csv"
    frame.to_csv(path, index=False)
    made = CliRunner().invoke(
        reliability, [str(path), "--subject", "patient", "--condition", "condition", "--out", str(tmp_path / "rel"),
                      "--no-figures", "--no-inference", "--quiet"]
    )  # fmt: skip
    assert made.exit_code == 0, made.exception
    whitelist = tmp_path / "whitelist.json"
    chosen = CliRunner().invoke(select, [str(tmp_path / "rel"), "--out", str(whitelist)])
    assert chosen.exit_code == 0, chosen.exception
    assert "nothing says how the features were made" in chosen.output
    given = (*roles(path, tmp_path / "out"), "--whitelist", whitelist, "--allow", "unknown")
    assert "was made from the same scans as" in refused(*given)
    frame.iloc[:-1].to_csv(path, index=False)  # another table
    assert run(*given, "--no-baselines").exit_code == 0
