import pytest

from experiments.analyses.harmonize.comparing import run_scorecard
from experiments.analyses.harmonize.scorecard_files import PICTURE, write_scorecard
from experiments.analyses.harmonize.settings import HarmonizationSettings, ScorecardSettings
from experiments.folder.scorecard_files import SCORECARD, SCORECARD_RECORD
from experiments.simulate.planted_batches import planted_batches


@pytest.fixture
def place(tmp_path):
    table = planted_batches("additive", n_features=6, n_each=12).drop(columns="age")
    table.rename(columns=lambda name: name.replace("F", "original_glcm_F")).to_csv(tmp_path / "table.csv", index=False)
    return tmp_path


ASKED = ["--compare", "none,combat,quantile_alignment", "--permutations", "20", "--draws", "20", "--folds", "3"]


def test_python_and_command_leave_the_same_files(golden, place, radharmony):
    result = radharmony("harmonize", place / "table.csv", "--batch", "scanner", *ASKED, "--out", place / "command")
    assert result.returncode == 0, result.stderr
    for told in ("quantile_alignment", "has the best score", "compared with one", "harmonization_scorecard.parquet"):
        assert told in result.stdout
    asked = ScorecardSettings(compare="none,combat,quantile_alignment", permutations=20, draws=20, folds=3)
    found = run_scorecard(place / "table.csv", HarmonizationSettings(batch=("scanner",)), asked)
    written = write_scorecard(place / "python", found)
    assert [path.name for path in written if not path.is_file()] == []
    for name in (SCORECARD, f"{PICTURE}.svg"):
        assert (place / "command" / name).read_bytes() == (place / "python" / name).read_bytes()
    assert set(SCORECARD.read(place / "command")["strategy"]) == {"all"}
    record = SCORECARD_RECORD.read(place / "command")
    assert record["settings"]["compare"] == ["none", "combat", "quantile_alignment"]
    assert set(record["strategies"]["all"]["seconds"]) == {"none", "combat", "quantile_alignment"}
    golden.text("\n".join(record["sentences"]))


@pytest.mark.parametrize("out", ["card.csv", "table.csv"])
def test_a_scorecard_goes_into_a_folder(place, out, radharmony):
    result = radharmony("harmonize", place / "table.csv", "--batch", "scanner", *ASKED, "--out", place / out)
    assert result.returncode == 2
    assert "expected the folder of a scorecard" in result.stderr
