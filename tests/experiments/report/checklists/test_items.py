from experiments.report.checklists.items import CHECKLISTS, CLEAR, METRICS


def texts(items):
    return [entry if isinstance(entry, str) else entry[0] for entries in items.values() for entry in entries]


def test_as_many_items_as_were_published():
    # METRICS: 30 items in 9 categories (Kocak et al. 2024); CLEAR: 58 items (Kocak et al. 2023).
    assert [len(entries) for entries in METRICS.values()] == [3, 4, 3, 3, 4, 2, 6, 2, 3]
    assert len(set(texts(METRICS))) == 30
    assert len(texts(CLEAR)) == 58


def test_sections_begin_at_their_published_numbers():
    first = {}
    number = 1
    for section, entries in CLEAR.items():
        first[section] = number
        number += len(entries)
    assert first == {
        "Title": 1,
        "Abstract": 2,
        "Keywords": 3,
        "Introduction": 4,
        "Study design": 7,
        "Data": 13,
        "Segmentation": 19,
        "Preprocessing": 21,
        "Feature extraction": 25,
        "Data preparation": 29,
        "Modeling": 34,
        "Evaluation": 38,
        "Results": 44,
        "Discussion": 49,
        "Open science": 53,
    }


def test_items_stand_under_their_published_numbers():
    found = {(name, number): text for name in CHECKLISTS for number, text in enumerate(texts(CHECKLISTS[name]), 1)}
    anchors = {
        ("METRICS", 4): "more than one centre",
        ("METRICS", 12): "Standardized software",
        ("METRICS", 14): "not robust were removed",
        ("METRICS", 15): "Redundant",
        ("METRICS", 16): "number of features",
        ("METRICS", 17): "deep learning",
        ("METRICS", 18): "split",
        ("METRICS", 19): "Confounders",
        ("METRICS", 21): "Uncertainty",
        ("METRICS", 22): "Calibration",
        ("METRICS", 25): "simple or classical",
        ("METRICS", 27): "another institution",
        ("CLEAR", 15): "split",
        ("CLEAR", 18): "Reference standard",
        ("CLEAR", 23): "Discretization",
        ("CLEAR", 31): "Reliability of segmentation",
        ("CLEAR", 33): "dimension",
        ("CLEAR", 36): "Confounders",
        ("CLEAR", 40): "Uncertainty",
        ("CLEAR", 46): "reproducibility",
        ("CLEAR", 53): "not essential",
        ("CLEAR", 58): "not essential",
    }
    for key, words in anchors.items():
        assert words in found[key]
