import pickle
import warnings

import pytest

from harmonize.errors import ScanWarning
from harmonize.remarks import remark, remarks, unsaid


def test_a_remark_is_told_once_and_other_warnings_go_their_way() -> None:
    def read() -> list[ScanWarning]:
        with remarks() as told:
            remark("odd", "it is odd", "look at it")
            remark("odd", "it is odd", "look at it")
            warnings.warn("of another kind", UserWarning, stacklevel=1)
        return told

    with pytest.warns(UserWarning, match="of another kind"):
        told = read()
    assert [(entry.kind, entry.problem, entry.advice) for entry in told] == [("odd", "it is odd", "look at it")]


def test_without_a_gatherer_a_remark_is_a_warning_that_survives_pickling() -> None:
    with pytest.warns(ScanWarning, match="it is odd; look at it") as caught:
        remark("odd", "it is odd", "look at it")
    again = pickle.loads(pickle.dumps(caught[0].message))
    assert (again.kind, str(again)) == ("odd", "it is odd; look at it")


def test_where_many_read_nothing_is_said() -> None:
    with unsaid():
        remark("odd", "it is odd", "look at it")
        with remarks() as told:  # whoever gathers them still has them
            remark("odd", "it is odd", "look at it")
    assert len(told) == 1
