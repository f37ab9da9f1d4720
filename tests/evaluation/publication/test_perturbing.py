from dataclasses import replace

from evaluation.publication import Analysis, methods_text

CHAIN = "rotation (angle -13 and 13); after all steps; 2 draws, seed 0"


def test_scans_measured_once_are_not_called_measured_under_the_draws(analysis: Analysis) -> None:
    conditions = ("unperturbed", "R-1", "R-2")
    text = methods_text(replace(analysis, reference="unperturbed", conditions=conditions, perturbed={"R": CHAIN}))
    assert (
        "12 subjects (a statistic used 11 to 12 of them) measured once. 2 perturbations of each scan were computed [1]"
        in text
    )
    assert f"(chain R: {CHAIN})" in text
    assert "agreement over them is no agreement with another scan" in text
    assert "Agreement of the perturbed scans with the scans as they are was expressed by" in text
    assert "1. Zwanenburg A, Leger S" in text
    assert "2. McGraw" in text
    assert "three conditions" not in text


def test_beside_real_conditions_perturbations_are_told_by_themselves(analysis: Analysis) -> None:
    text = methods_text(replace(analysis, perturbed={"R": CHAIN}))
    assert "measured under three conditions. Besides, perturbations of scans were computed [1]" in text
    assert "Agreement of ACC+STD and ACC+DLR with REF+STD" in text


def test_nothing_is_said_or_cited_where_no_scan_was_perturbed(analysis: Analysis) -> None:
    text = methods_text(analysis)
    assert "erturb" not in text
    assert "Zwanenburg" not in text
