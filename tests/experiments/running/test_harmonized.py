import pandas as pd

from experiments.folder.files import HARMONIZATION, HARMONIZATION_SUMMARY
from experiments.folder.run_folder import RunFolder
from experiments.running.harmonized import Harmonization, write_harmonization
from harmonize import ComBat, GroupedHarmonizer


def test_tables_and_models_are_written_and_go_with_the_harmonizer(tmp_path):
    table = pd.DataFrame({"scan": ["A", "B"] * 20, "f": [1.0, 2, 3, 5, 4, 4, 6, 9] * 5, "g": [3.0, 1, 4, 1, 5] * 8})
    model = GroupedHarmonizer.fit(ComBat("scan"), table, ["f", "g"], [])
    one = pd.DataFrame({"strategy": ["s"], "measure": ["icc_median"], "raw": [0.5]})
    run = RunFolder.begin(tmp_path)
    write_harmonization(Harmonization(table, agreement=one, summary=one, models={"s": model}), run)
    assert run.path(HARMONIZATION).is_file()
    assert run.path(HARMONIZATION_SUMMARY).is_file()
    again = GroupedHarmonizer.load(tmp_path / "fitted" / "s_harmonizer.json")
    assert again.to_document() == model.to_document()
    write_harmonization(Harmonization(table), run)
    assert not run.path(HARMONIZATION).exists()
    assert not list((tmp_path / "fitted").iterdir())
