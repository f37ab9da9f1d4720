import numpy as np
import pandas as pd

from selection.selectors.elimination import recursive_elimination


def test_it_keeps_the_features_that_matter_together():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 60)
    X = pd.DataFrame(rng.normal(size=(120, 20)), columns=[f"f{i:02}" for i in range(20)])
    X["f03"] = 1e6 * (X["f03"] + 2 * y)  # the scale must not decide
    X["f07"] = 1e-6 * (X["f07"] - 2 * y)
    assert recursive_elimination(2).fit(X, y).get_feature_names_out().tolist() == ["f03", "f07"]
