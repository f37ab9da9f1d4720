import numpy as np
import pytest

from evaluation.classification.gaps import check_one_a_row, refuse_gaps
from harmonize.errors import ConfigurationError


def test_every_row_has_a_target_and_a_subject():
    check_one_a_row(np.array([1, 2]), np.array(["a", "b"]))
    refuse_gaps(np.array(["a", "b"], dtype=object), "subject", codes=False)
    with pytest.raises(ConfigurationError, match="expected one value a row"):
        check_one_a_row(np.array([1, 2]), np.array(["a"]))
    with pytest.raises(ConfigurationError, match=r"target: missing in row 1 \(1 of 3 rows\)"):
        refuse_gaps(np.array([1.0, np.nan, 2.0]), "target")
