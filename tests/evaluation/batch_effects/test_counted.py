import numpy as np
import pandas as pd

from evaluation.batch_effects.counted import counted_measures
from evaluation.batch_effects.measures import ToCompare, measured
from evaluation.batch_effects.scored import Unseen, scored_rows


def test_draws_of_few_features_follow_the_estimates_of_all():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20, 700)).repeat(2, axis=0) + 0.5 * rng.normal(size=(40, 700))
    names = [f"F{i}" for i in range(700)]
    table = pd.DataFrame(values, columns=names).assign(subject=np.repeat(np.arange(20), 2), scan=["A", "B"] * 20)
    groups, _ = scored_rows(table, names, batch="scan", subject="subject", by=())
    found = [Unseen(values, groups[0].batches, None)]
    asked = ToCompare("A", {}, None, "roi", np.zeros(40, dtype=int), 0.9)
    draws = rng.multinomial(20, np.full(20, 0.05), 30).astype(float)
    counted = counted_measures(groups, found, found, asked, draws)
    for name, one in measured(groups, found, asked, np.ones((1, 20))).items():
        assert counted[name][0][0] == one[0]
        assert len(counted[name][0]) == 31
    assert abs(np.median(counted["ccc"][0][1:]) - counted["ccc"][0][0]) < 0.03
    assert counted["icc_a1"][1] == 700
