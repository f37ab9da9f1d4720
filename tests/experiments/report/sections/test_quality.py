import pandas as pd

from experiments.report.sections.quality import summarize


class Given:
    """What the section asks of a report."""

    def __init__(self, table):
        self.run = {"quality_association.parquet": table}


def rows(**changed):
    keys = {"strategy": "raw", "sequence": "T2", "n": 12, "status": "ok", "p": 0.001, "lower": 0.4, "upper": 0.95}
    return pd.DataFrame(
        [
            {**keys, "roi": roi, "class": "glcm", "measure": measure, "r": r, "q": q, **changed}
            for roi, measure, r, q in (
                ("liver", "noise (scan)", 0.8, 0.004),
                ("spleen", "noise (scan)", -0.9, 0.002),
                ("liver", "blur", 0.1, 0.8),
            )
        ]
    )


def test_measures_that_go_with_the_loss_are_counted_and_the_strongest_come_first():
    content = summarize(Given(rows()))
    assert content["sentences"] == [
        "Under “raw” the loss of features goes most often with noise (scan): in 2 of 2 (100\u00a0%)."
    ]
    assert [row[1:3] for row in content["measures"]["rows"]] == [
        ["noise (scan)", "2 of 2 (100\u00a0%)"],
        ["blur", "0 of 1 (0\u00a0%)"],
    ]
    assert [row[2] for row in content["strongest"]["rows"]] == ["spleen", "liver"]
    assert content["strongest"]["rows"][0][5].startswith("\u22120.90 (")


def test_where_nothing_goes_with_it_that_is_said():
    content = summarize(Given(rows(q=0.5)))
    assert content["sentences"] == [
        "Under “raw” no measure of image quality goes with the loss of a class of features."
    ]
    assert content["strongest"]["rows"] == []
    both = pd.concat([rows(q=0.5), rows(q=0.5).assign(strategy="n4")])
    assert summarize(Given(both))["sentences"] == [
        "Under any strategy no measure of image quality goes with the loss of a class of features."
    ]


def test_too_few_subjects_are_told_and_no_table_is_no_section():
    few = "3 subjects with all conditions, expected at least 6"
    none = dict.fromkeys(("r", "lower", "upper", "p", "q"), float("nan"))
    content = summarize(Given(rows(status=few, **none)))
    assert content["sentences"] == [f"Nothing could be computed: {few}."]
    assert content["measures"]["rows"] == []
    assert summarize(Given(None)) is None
