import pickle

import pytest

from harmonize.errors import ConfigurationError, GridError, RadharmonyError, ScanError


@pytest.mark.parametrize("kind", [ScanError, GridError])
def test_scan_errors_come_back_whole_from_a_worker_process(kind):
    error = pickle.loads(pickle.dumps(kind("the image is empty", "export it again")))
    assert type(error) is kind
    assert (error.problem, error.advice) == ("the image is empty", "export it again")
    assert str(error) == "the image is empty; export it again"


def test_all_errors_are_caught_as_one():
    for error in (ConfigurationError("x"), ScanError("x", "y"), GridError("x", "y")):
        assert isinstance(error, RadharmonyError)
        assert isinstance(error, ValueError)
