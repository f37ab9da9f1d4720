from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.reading import Reading, Roles, read_feature_table
from evaluation.reliability import icc
from evaluation.reliability.table import reliability_table
from evaluation.tables import FEATURE_KEYS
from harmonize.errors import ConfigurationError

MIRP = """sample_name,image_settings_id,image_mask_label,session,stat_mean,cm_contrast_d1_3d
p1,1,gtv,a,1.0,10
p1,1,gtv,b,1.5,11
p2,1,gtv,a,2.0,20
p2,1,gtv,b,2.5,
p3,1,gtv,a,3.0,30
"""


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_features_keep_the_names_of_their_tool(tmp_path: Path) -> None:
    read = read_feature_table(write(tmp_path, MIRP))
    assert read.features == ("stat_mean", "cm_contrast_d1_3d")
    assert list(read.table.columns) == [*FEATURE_KEYS, *read.features]
    assert read.levels("roi") == ("gtv",)
    assert read.reference() == "a"
    computed = reliability_table(read.table, "a", columns=read.features)
    row = computed.set_index(["feature", "statistic"]).loc[("stat_mean", "icc")]
    assert row["estimate"] == pytest.approx(float(icc([[1.0, 1.5], [2.0, 2.5]]).estimate))
    assert computed.loc[computed["feature"] == "cm_contrast_d1_3d", "n"].unique().tolist() == [1]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_guessed_column_without_any_value_is_passed_over(tmp_path: Path, ending: str, golden) -> None:
    frame = pd.read_csv(write(tmp_path, MIRP)).assign(image_settings_id=None, modality=None, image_modality="generic")
    path = tmp_path / f"t.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    read = read_feature_table(path)
    assert (read.roles.strategy, read.roles.sequence) == (None, "image_modality")
    assert read.guessed == {"subject", "condition", "sequence", "roi"}
    assert read.features == ("stat_mean", "cm_contrast_d1_3d")
    with golden.error(ConfigurationError):
        read_feature_table(path, Reading(Roles(strategy="image_settings_id")))


def test_factors_join_and_further_ones_go_to_the_roi(tmp_path: Path, golden) -> None:
    text = "subject;acquisition;reconstruction;organ;reader;v\n"
    text += "".join(
        f"{s};{a};{r};liver;{reader};{s}{i},5\n"
        for i, (s, a, r, reader) in enumerate(
            (s, a, r, reader) for s in "12" for a in ("REF", "ACC") for r in ("STD", "DLR") for reader in "xy"
        )
    )
    read = read_feature_table(write(tmp_path, text), Reading(Roles(within=("reader",))))
    assert read.levels("condition") == ("REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR")
    assert read.levels("roi") == ("liver / x", "liver / y")
    assert read.table["v"].iloc[0] == 10.5
    assert read.reference("ACC+STD") == "ACC+STD"
    with golden.error(ConfigurationError):
        read.reference("ACC+DLT")
    with golden.error(ConfigurationError):
        read.reference()


def test_several_files_are_several_strategies(tmp_path: Path) -> None:
    other = MIRP.replace("cm_contrast_d1_3d", "szm_sze")
    read = read_feature_table({"one": write(tmp_path, MIRP), "two": write(tmp_path, other, "u.csv")})
    assert read.levels("strategy") == ("one / 1", "two / 1")
    assert read.features == ("stat_mean", "cm_contrast_d1_3d", "szm_sze")
    computed = reliability_table(read.table, "a", columns=read.features)
    assert set(computed.loc[computed["strategy"] == "two / 1", "feature"]) == {"stat_mean", "szm_sze"}


def test_scans_are_numbered_in_their_order(tmp_path: Path) -> None:
    # 10 comes after 9; A misses the liver at the first scan and that does not renumber the second
    text = "study,number,organ,v\nA_x,10,liver,1\nA_y,9,spleen,2\nA_z,10,spleen,3\nB_x,7,liver,4\nB_y,8,liver,5\n"
    read = read_feature_table(
        write(tmp_path, text),
        Reading(Roles(order="number"), extract={"study": r"^(?P<patient>[^_]+)"}, features=("v",)),
    )
    rows = read.table.set_index(["subject", "roi", "condition"])["v"]
    assert rows.loc[("A", "liver", "2")] == 1
    assert rows.loc[("A", "spleen")].to_dict() == {"1": 2, "2": 3}
    assert rows.loc[("B", "liver")].to_dict() == {"1": 4, "2": 5}


def test_a_long_table_is_spread(tmp_path: Path, golden) -> None:
    text = "patient,scan,feature,value\nA,1,vol,1\nA,2,vol,2\nA,1,ent,3\nB,1,vol,5\nB,2,vol,6\nB,1,ent,\n"
    read = read_feature_table(write(tmp_path, text))
    assert read.features == ("vol", "ent")
    assert read.table["vol"].tolist() == [1, 2, 5, 6]
    np.testing.assert_array_equal(read.table["ent"], [3, np.nan, np.nan, np.nan])
    named = write(tmp_path, text.replace("feature,value", "what,number"))
    pd.testing.assert_frame_equal(read_feature_table(named, Reading(long=("what", "number"))).table, read.table)
    with golden.error(ConfigurationError):
        read_feature_table(write(tmp_path, text + "A,1,vol,9\n"))


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        (MIRP, Reading(Roles(subject="sample"))),
        (MIRP.replace("2.5,", "x,"), Reading()),
        (MIRP.replace("2.5,", "inf,"), Reading()),
        (MIRP + "p3,1,gtv,a,3.0,30\n", Reading()),
        (MIRP.replace("p2,1", ",1"), Reading()),
        (MIRP.replace("p1,1,gtv,b", "p4,1,gtv,b").replace("p2,1,gtv,b", "p5,1,gtv,b"), Reading()),
        ("\n".join(MIRP.splitlines()[::2]) + "\n", Reading()),
        (MIRP, Reading(extract={"nam": "(?P<x>.)"})),
        (MIRP, Reading(extract={"session": "(?P<x>a)"})),
        (MIRP, Reading(extract={"session": "a"})),
        (MIRP, Reading(extract={"session": "("})),
        (MIRP, Reading(extract={"session": "(?P<stat_mean>.)"})),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, reading: Reading, golden) -> None:
    path = write(tmp_path, text)
    with golden.error(ConfigurationError):
        read_feature_table(path, reading)


@pytest.mark.data
def test_the_published_test_retest_tables_are_read(data_root: Path) -> None:
    folder = data_root / "qin_prostate_repeat"
    name = "pyRadiomicsFeatures_biasCorrectedT2AX_FullStudySettings_2D_bin{}.csv.gz"
    read = read_feature_table(
        {f"bin{width}": folder / name.format(width) for width in (10, 20)},
        Reading(Roles(order="date"), extract={"study": r"(?P<subject>[^_]+)_(?P<date>.+)"}),
    )
    assert (len(read.levels("subject")), read.levels("condition")) == (15, ("1", "2"))
    assert read.levels("roi") == ("NormalROI_PZ_1", "PeripheralZone", "TumorROI_PZ_1", "WholeGland")
    assert len(read.features) == 1019
    computed = reliability_table(read.table, "1", columns=read.features, icc_interval="mcgraw-wong")
    whole = computed[(computed["roi"] == "WholeGland") & (computed["strategy"] == "bin20")]
    whole = whole[(whole["statistic"] == "icc") & (whole["feature"] == "original_glcm_Id")].iloc[0]
    # pingouin 0.7.0, intraclass_corr, ICC(A,1) of the 15 patients' two visits
    assert (whole["estimate"], whole["n"]) == (pytest.approx(0.437246, abs=1e-6), 15)
    assert (round(whole["lower"], 2), round(whole["upper"], 2)) == (-0.09, 0.77)


def test_the_first_scan_in_time_is_the_reference_wherever_it_stands(tmp_path: Path) -> None:
    # The one that stood first in the table was, so that the sign of every bias hung on the order of rows.
    path = tmp_path / "t.csv"
    path.write_text("id,day,volume\nA,02-Jan-2020,11\nA,31-Dec-2019,10.5\n")
    read = read_feature_table(path, Reading(Roles(order="day")))
    assert read.levels("condition") == ("1", "2")
    assert read.reference() == "1"
    assert read.table["condition"].tolist() == ["2", "1"]
