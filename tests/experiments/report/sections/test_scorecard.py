import numpy as np
import pandas as pd

from evaluation.batch_effects.scorecard_rows import scorecard_rows
from experiments.folder.scorecard_files import SCORECARD, SCORECARD_RECORD
from experiments.report.sections.scorecard import plot, summarize


class Folder:
    """Files of a run, in memory."""

    def __init__(self, **files):
        self.files = files

    def get(self, file):
        return self.files.get(file)

    def __getitem__(self, file):
        return self.files[file]


class Page:
    """What a section is given."""

    def __init__(self, **files):
        self.run = Folder(**files)


def page():
    draws = np.random.default_rng(0).normal(0, 0.01, 20)
    estimates = {
        name: {"score": (np.append(value, value + draws), 9), "icc_a1": (np.array([value]), 9)}
        for name, value in (("none", 0.4), ("combat", 0.6))
    }
    card = scorecard_rows(
        ["none", "combat", "mine"], estimates, {"mine": "too few rows"}, {"combat": (0.2, 0.04)}, 0.95
    )
    card = pd.concat([card.assign(held="subject", strategy="z"), card.assign(held="site", strategy="z")])
    of = {
        "z": {"notes": ["liver: left out"], "seconds": {"none": 0.0, "combat": 0.5}},
        "raw": {"notes": ["one batch"], "seconds": {}},
    }
    return Page(**{SCORECARD: card, SCORECARD_RECORD: {"strategies": of, "permutations": 20}})


def test_says_what_earned_its_place_with_numbers_and_reasons():
    found = summarize(page())
    z, raw = found["strategies"]
    assert z["sentences"][0].startswith("On subjects that it has not seen combat has the best score")
    assert [how for how, _ in z["tables"]] == ["subject", "site"]
    assert [row[0] for row in z["tables"][0][1]["rows"]] == ["combat", "none"]
    assert z["absent"][0][1]["rows"] == [["mine", "too few rows"]]
    assert raw["sentences"] == [] == raw["tables"]
    assert raw["notes"] == ["one batch"]


def test_one_picture_of_each_strategy_that_has_a_card():
    given = page()
    drawn = plot(given, summarize(given))
    assert list(drawn) == ["z"]
    assert "Score" in drawn["z"][0].svg


def test_nothing_where_a_study_compares_none():
    assert summarize(Page()) is None
