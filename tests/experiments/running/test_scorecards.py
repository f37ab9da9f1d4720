from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.folder.run_folder import RunFolder
from experiments.folder.scorecard_files import SCORECARD, SCORECARD_RECORD
from experiments.running import scorecards
from experiments.running.scorecards import write_scorecards
from experiments.study.harmonizers import ComparedMethods
from experiments.study.study import Study

ASKED = ComparedMethods(compare=("none", "combat", "reference_regression"), permutations=2, draws=10, keep=("age",))


@pytest.fixture
def features():
    rng = np.random.default_rng(0)
    rows = [
        {"strategy": s, "subject": f"S{i:02}", "sequence": "HASTE", "condition": c, "roi": r, "age": str(50 + i)}
        for s in ("raw", "zscore")
        for i in range(12)
        for c in ("REF+STD", "ACC+STD")
        for r in ("liver", "spleen")
    ]
    table = pd.DataFrame(rows)
    own = rng.normal(size=(12, 6))[table["subject"].str[1:].astype(int)]
    shift = 2.0 * (table["condition"] == "ACC+STD").to_numpy()[:, None] + (table["roi"] == "liver").to_numpy()[:, None]
    values = pd.DataFrame(
        own + shift + 0.2 * rng.normal(size=own.shape), columns=[f"original_glcm_F{i}" for i in range(6)]
    )
    return pd.concat([table, values], axis=1)


def test_each_strategy_without_a_harmonizer_has_a_scorecard(simulated, features, tmp_path, monkeypatch):
    study, run, told = Study.from_yaml(simulated), RunFolder(tmp_path), []
    write_scorecards(run, study, ASKED, features, lambda done, total: told.append((done, total)))
    table, record = SCORECARD.read(tmp_path), SCORECARD_RECORD.read(tmp_path)
    names = {strategy.name for strategy in study.strategies if strategy.harmonizer is None}
    assert set(table["strategy"]) == names & {"raw", "zscore"}
    scores = table[table["measure"] == "score"].set_index(["strategy", "method"])["estimate"]
    assert scores["zscore", "combat"] > scores["zscore", "none"]
    assert set(table["measure"]) >= {"kept:age", "kept:roi", "icc_a1"}
    assert record["harmonizers"]["compare"] == ["none", "combat", "reference_regression"]
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    before = (tmp_path / SCORECARD).read_bytes()
    monkeypatch.setattr(scorecards, "_scorecards", None)  # the very same is not computed again
    write_scorecards(run, study, ASKED, features, lambda *_: None)
    assert (tmp_path / SCORECARD).read_bytes() == before
    with pytest.raises(TypeError):
        write_scorecards(run, study, replace(ASKED, draws=11), features, lambda *_: None)


def test_a_strategy_that_cannot_be_compared_says_why(simulated, features, tmp_path):
    one = features[features["condition"] == "REF+STD"].reset_index(drop=True)
    write_scorecards(RunFolder(tmp_path), Study.from_yaml(simulated), ASKED, one, lambda *_: None)
    assert SCORECARD.read(tmp_path).empty
    notes = [of["notes"] for of in SCORECARD_RECORD.read(tmp_path)["strategies"].values()]
    assert all("one batch alone" in note for (note,) in notes)
