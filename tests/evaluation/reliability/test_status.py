import numpy as np

from evaluation.reliability.status import MEANINGS, Status, first_reason


def test_the_first_reason_that_holds_is_given_and_ok_where_none_does():
    flags = np.array([[True, False], [False, False]])
    found = first_reason({Status.TOO_FEW: flags, Status.CONSTANT: flags | np.array([[True], [False]])})
    assert found.tolist() == [["too_few", "constant"], ["ok", "ok"]]
    assert found.dtype.kind == "U"


def test_a_reason_for_a_single_feature_keeps_the_shape():
    assert first_reason({Status.TOO_FEW: np.asarray(np.False_)}).shape == ()


def test_every_status_but_ok_has_a_meaning():
    assert set(MEANINGS) == set(Status) - {Status.OK}
