import pytest

from experiments.report.sections.worth import summarize
from tests.experiments.results.test_worth import found

assert found  # a fixture


class Given:
    """What the section asks of a report."""

    def __init__(self, worth):
        self.run = {"perturbation_worth.parquet": worth}


def test_each_chain_has_a_row(found):
    content = summarize(Given(found))
    assert content["chains"] == ["noise"]
    assert "17 subjects" in content["sentences"][0]


@pytest.mark.parametrize("worth", [None])
def test_a_study_without_both_has_no_such_section(worth):
    assert summarize(Given(worth)) is None
