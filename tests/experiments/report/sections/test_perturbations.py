"""What the report says of perturbed scans."""

from evaluation.reliability.perturbed import perturbed_reliability, perturbed_summary
from experiments.report.sections.perturbations import summarize
from tests.evaluation.reliability.test_perturbed import perturbed_table


class Given:
    """What the section asks of a report."""

    def __init__(self, summary):
        self.run = {} if summary is None else {"perturbations.csv": summary}
        chain = {"seed": 0, "before": "", "after": "n4", "conditions": ["unperturbed"]}
        self.record = {
            "perturbations": {
                "A": chain | {"draws": {f"A-{i}": [{"noise": {}}, {"rotation": {}}] for i in (1, 2, 3)}},
                "B": chain | {"before": "", "after": "", "draws": {"B-1": [{"gamma": {}}]}},
            }
        }


def test_chains_are_told_with_what_is_robust_to_them():
    content = summarize(Given(perturbed_summary(perturbed_reliability(perturbed_table()), 0.5)))
    assert content["threshold"] == 0.5
    assert content["chains"] == {
        "A": "noise, then rotation in the plane of the slices; after n4; 3 draws, seed 0",
        "B": "gamma curve; before all steps; 1 draw, seed 0",
    }
    assert [row[:4] for row in content["shares"]["rows"]] == [["raw", "A", "REF", "3"], ["raw", "B", "REF", "1"]]


def test_nothing_is_said_where_no_scan_was_perturbed():
    assert summarize(Given(None)) is None
