import pickle

from experiments.folder.failures import Failure, explain, failure_table
from harmonize.errors import GridError, ScanError


def test_columns_are_there_even_if_nothing_failed():
    columns = ["strategy", "subject", "sequence", "condition", "roi", "file", "step", "problem", "advice"]
    assert list(failure_table([]).columns) == columns


def test_rows_are_sorted_whatever_the_order_they_came_in():
    first = Failure("a", "S1", "T2", "REF", "", "f", "read", "p", "q")
    second = Failure("a", "S2", "T2", "REF", "", "f", "read", "p", "q")
    assert failure_table([second, first]).equals(failure_table([first, second]))


def test_an_unforeseen_error_is_named_with_its_type():
    problem, advice = explain(ZeroDivisionError("division by zero"))
    assert problem == "ZeroDivisionError: division by zero"
    assert "report" in advice


def test_scan_errors_survive_the_way_back_from_a_worker():
    for error in (ScanError("p", "a"), GridError("p", "a")):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.problem, again.advice) == (type(error), "p", "a")
