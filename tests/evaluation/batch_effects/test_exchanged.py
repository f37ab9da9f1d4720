import numpy as np
import pandas as pd

from evaluation.batch_effects.exchanged import Exchange, acquisition_columns
from harmonize.combat import ComBat, LongitudinalComBat, NestedComBat


def test_batches_go_with_their_rows_and_no_others():
    frame = pd.DataFrame(
        {
            "subject": [s for s in range(6) for _ in range(4)] + [6, 7, 8, 9],
            "organ": ["liver", "spleen"] * 12 + ["liver"] * 4,
            "scan": ["x", "x", "y", "y"] * 6 + ["x", "y", "y", "x"],
        }
    )
    frame["te"] = frame["scan"].map({"x": 1.0, "y": 2.0})
    exchange, rng = Exchange(frame, ["scan", "te"], "subject", []), np.random.default_rng(0)
    seen = set()
    for _ in range(20):
        drawn = exchange.draw(rng)
        assert (drawn["te"] == drawn["scan"].map({"x": 1.0, "y": 2.0})).all()
        scans = drawn[:24].groupby(["subject", frame["scan"][:24]])["scan"].nunique()
        assert (scans == 1).all()  # both organs of a scan go together
        assert sorted(drawn["scan"][24:]) == ["x", "x", "y", "y"]
        assert (drawn[:24].groupby("subject")["scan"].nunique() == 2).all()
        seen.add("".join(drawn["scan"]))
    assert len(seen) > 15


def test_sequences_are_exchanged_by_themselves():
    frame = pd.DataFrame({"subject": [1, 2, 3, 4], "sequence": list("ttuu"), "scan": list("xyzw")})
    drawn = Exchange(frame, ["scan"], "subject", ["sequence"]).draw(np.random.default_rng(1))
    assert set(drawn["scan"][:2]) == {"x", "y"}
    assert set(drawn["scan"][2:]) == {"z", "w"}


def test_what_is_known_of_the_acquisition_is_neither_subject_nor_covariate():
    methods = {
        "none": None,
        "combat": ComBat("a+b", continuous="age"),
        "paired": LongitudinalComBat("a+b", "who"),
        "nested": NestedComBat(["a", "b"], continuous="age"),
    }
    assert acquisition_columns(methods, "a+b", ["sex"]) == ["a+b", "a", "b"]
