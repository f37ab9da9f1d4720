from types import SimpleNamespace

import pandas as pd

from experiments.report.sections.extraction import summarize

RECORD = {
    "name": "Patients",
    "description": "of the ward",
    "versions": {"radharmony": "0.1.0"},
    "subjects": ["P1", "P2"],
    "sequences": ["T2"],
    "conditions": ["REF"],
    "reference": "REF",
    "rois": ["liver"],
    "scans": 2,
    "strategies": [{"name": "raw"}],
    "finished": "2025-03-01T12:03:05+00:00",
    "seconds": 185.3,
}


def summarized(**more):
    counts = pd.DataFrame({"strategy": ["raw"], "subjects": [2], "scans": [2], "rois": [2], "failures": [1]})
    context = SimpleNamespace(record=RECORD | more, run=SimpleNamespace(strategies=counts), features=["a", "b", "c"])
    return summarize(context)


def test_the_head_of_an_extraction_says_what_was_measured():
    found = summarized()
    facts = dict(found["facts"])
    assert (found["name"], found["description"], found["version"]) == ("Patients", "of the ward", "0.1.0")
    assert (facts["Subjects"], facts["Scans"], facts["Features"]) == ("2", "2", "3 for each scan and ROI")
    assert facts["Strategies"] == "1 strategy"
    assert facts["Computed"].endswith("in 3 min 5 s")
    assert found["strategies"]["rows"] == [["raw", "2", "2", "2", "1"]]
    assert found["study"] == ""


def test_it_names_the_study_that_scans_are_measured_like():
    found = summarized(like={"study": "Volunteers"})
    assert (found["study"], dict(found["facts"])["Strategies"]) == ("Volunteers", "1 strategy of Volunteers")
    assert summarized(like={"study": ""})["study"] == "another study"
