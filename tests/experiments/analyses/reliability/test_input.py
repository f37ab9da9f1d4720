import pandas as pd
import pytest

from evaluation.reliability import icc, overall_ccc

THREE = "Patient,Reader,Volume,Entropy\n" + "".join(
    f"P{p},{reader},{10 * p + shift},{p + shift / 7}\n"
    for p in range(1, 13)
    for reader, shift in (("anna", 0), ("ben", p % 3), ("carl", p % 2))
)


def test_three_readers_without_a_reference(run, tmp_path):
    path, out = tmp_path / "three.csv", tmp_path / "out"
    path.write_text(THREE)
    result = run(path, "--out", out, "--reference", "none", "--statistics", "wsd,rc_percent", "--threshold", "icc=.9")
    assert result.exit_code == 0, result.output
    assert "reference: none, all conditions are compared with one another" in result.output
    assert "Overall CCC > 0.90" in result.output
    computed = pd.read_csv(out / "reliability.csv").set_index(["feature", "statistic"])
    assert computed["condition"].unique().tolist() == ["all"]
    values = [[10 * p, 10 * p + p % 3, 10 * p + p % 2] for p in range(1, 13)]
    assert computed.loc[("Volume", "icc"), "lower"] == pytest.approx(float(icc(values, interval="jackknife").lower))
    assert computed.loc[("Volume", "overall_ccc"), "estimate"] == pytest.approx(float(overall_ccc(values).estimate))
    text = (out / "methods.md").read_text(encoding="utf-8")
    assert "Agreement of anna, ben and carl was expressed by" in text
    assert "if ICC > 0.90." in text
    figures = {path.name for path in (out / "figures").glob("*.svg")}
    assert {"distribution_overall_ccc.svg", "heat_map_all.svg", "forest_features.svg"} <= figures
    assert not any(name.startswith(("bland_altman", "concordance")) for name in figures)
    further = (out / "tables" / "further.csv").read_text(encoding="utf-8")
    assert "Within-subject SD,all,in units of the feature,2/2" in further


def test_three_readers_must_say_what_they_are_compared_with(run, tmp_path):
    path = tmp_path / "three.csv"
    path.write_text(THREE)
    result = run(path, "--out", tmp_path / "out")
    assert "anna, ben, carl; name the one" in str(result.exception)
    assert "--reference none" in str(result.exception)


def test_a_condition_called_none_can_be_the_reference(run, readers, table, tmp_path):
    table.write_text(readers.replace("anna", "none"))
    result = run(table, "--out", tmp_path / "r.csv", "--reference", "none")
    assert "reference: none\n" in result.output
    assert set(pd.read_csv(tmp_path / "r.csv")["condition"]) == {"ben", "all"}
