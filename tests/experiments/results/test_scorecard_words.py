import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects.scorecard_rows import scorecard_rows
from experiments.results.scorecard_words import scorecard_absent, scorecard_sentences, scorecard_shown


def card(none=0.5, combat=0.7, covbat=0.69, p=0.02, damaged=0.1):
    draws = np.random.default_rng(0).normal(0, 0.01, (2, 50))
    shared = {"icc_a1": (np.array([0.8]), 40), "negative": (np.array([0.0]), 12)}
    estimates = {
        "none": {"score": (np.append(none, none + draws[0]), 40), "damaged": (np.array([0.0]), 30), **shared},
        "combat": {"score": (np.append(combat, combat + draws[0]), 40), "damaged": (np.array([damaged]), 30), **shared},
        "covbat": {"score": (np.append(covbat, covbat + draws[1]), 40), "damaged": (np.array([0.5]), 30), **shared},
    }
    chance = {"combat": (combat - none, p), "covbat": (covbat - none, p)}
    return scorecard_rows(
        ["none", "combat", "covbat", "mine"], estimates, {"mine": "batch 'A' has 1 row"}, chance, 0.95
    )


@pytest.mark.parametrize(
    ("given", "nothing"),
    [
        ({}, False),
        ({"damaged": 0.0, "covbat": 0.4}, False),
        ({"p": 0.4}, True),
        ({"p": np.nan}, True),
        ({"none": 0.9}, True),
    ],
)
def test_says_plainly_whether_anything_beats_doing_nothing(golden, given, nothing):
    sentences = scorecard_sentences(card(**given), 20)
    assert sentences[0].startswith("Nothing beats doing nothing") == nothing
    golden.text("\n".join(sentences))


def test_few_exchanges_say_nothing_about_chance(golden):
    """None of 5 exchanges gained as much, and it was said that some harmonizer did."""
    (sentence,) = scorecard_sentences(card(p=1 / 6), 5)
    golden.text(sentence)


def test_says_that_biology_was_not_measured(golden):
    found = card()
    golden.text("\n".join(scorecard_sentences(found[found["measure"] != "icc_a1"], 20)))


def test_without_exchanges_or_harmonizers_nothing_is_claimed(golden):
    golden.text(scorecard_sentences(card(), 0)[0])
    found = card()
    golden.text(scorecard_sentences(found[found["method"].isin(["none", "mine"])], 20)[0])


def test_a_row_for_each_the_best_first_and_the_others_with_their_reasons():
    shown = scorecard_shown(card(), {"none": 0.0, "combat": 1.25, "covbat": 3.0})
    assert shown["Harmonizer"].tolist() == ["combat", "covbat", "none"]
    assert shown["Damaged"].tolist() == ["10 %", "50 %", "0 %"]
    assert shown["Seconds"].tolist() == ["1.2", "3.0", "0.0"]
    assert "CCC" not in shown
    pd.testing.assert_frame_equal(
        scorecard_absent(card()),
        pd.DataFrame({"Harmonizer": ["mine"], "Not measured because": ["batch 'A' has 1 row"]}),
    )
