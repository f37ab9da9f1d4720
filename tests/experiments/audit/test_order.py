import pytest


def found(small, *steps):
    small.values["strategies"] = {"raw": None, "chain": {"steps": list(steps)}}
    return [finding for finding in small.audit().findings if finding.kind == "order_of_steps"]


@pytest.mark.parametrize("centring", ["zscore", "robust_zscore", "mode"])
def test_n4_behind_a_step_that_centres_is_a_warning(small, centring):
    (finding,) = found(small, centring, "median", "n4")
    assert (finding.level, finding.where) == ("warning", "strategy chain")
    assert finding.problem.startswith(f"n4 comes after {centring}")
    assert f"put n4 before {centring}" in finding.advice


def test_the_usual_order_is_not(small):
    assert found(small, "n4", "median", "zscore") == []
    assert found(small, {"scaling": {}}, "n4") == []
