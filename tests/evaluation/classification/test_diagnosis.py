import numpy as np
import pandas as pd

from evaluation.classification import DiagnosticPerformance, HeldOut


def test_support_has_a_row_for_every_model_in_the_order_of_the_folds() -> None:
    parameters = pd.DataFrame({"repeat": [0, 0, 1, 1], "fold": [0, 1, 0, 1]})
    selected = pd.DataFrame(
        [(1, 0, "a"), (0, 0, "a"), (0, 0, "b"), (1, 1, "not asked for")], columns=["repeat", "fold", "feature"]
    )
    held_out = HeldOut.of([0, 1], [0.2, 0.7])
    found = DiagnosticPerformance(held_out, held_out.to_frame(), parameters, selected, pd.DataFrame(), {}, ())
    np.testing.assert_array_equal(found.support(["b", "a", "c"]), [[1, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0]])
