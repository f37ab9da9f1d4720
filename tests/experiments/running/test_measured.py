from experiments.running.measured import measured_statistics
from selection.thresholds import Thresholds


def test_what_the_rule_asks_for_is_measured_beside_agreement_each_once():
    assert measured_statistics(Thresholds({"icc": 0.9})) == ("icc", "ccc", "icc_c1", "spearman")
    assert measured_statistics(Thresholds({"cv": 0.1, "icc": 0.9})) == ("icc", "ccc", "icc_c1", "spearman", "cv")


def test_facets_of_a_rule_are_left_to_the_run():
    assert measured_statistics(Thresholds({"icc[reader]": 0.7, "cv": 0.1})) == measured_statistics(
        Thresholds({"cv": 0.1})
    )
