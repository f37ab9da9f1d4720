from types import SimpleNamespace

from experiments.report.sections.extracted_as import summarize

COMBAT = {"combat": {"reference": "REF"}, "batch": "condition", "by": ["roi"]}
RECORD = {
    "strategies": [
        {"name": "raw", "steps": [], "extraction": {"setting": {"binWidth": 5.0}}, "digest": "0" * 64},
        {
            "name": "z",
            "steps": [{"zscore": {"scale": 100.0}}],
            "extraction": {"setting": {"binWidth": 5.0}},
            "harmonizer": COMBAT,
            "digest": "1" * 64,
        },
    ],
    "versions": {"radharmony": "0.1.0", "numpy": "2.4.6"},
    "settings_digest": "a" * 64,
    "data_digest": "b" * 64,
    "started": "2025-03-01T12:00:00+00:00",
    "finished": "2025-03-01T12:03:05+00:00",
}


def test_steps_settings_versions_and_digests_are_listed():
    found = summarize(SimpleNamespace(record=RECORD))
    assert [one["name"] for one in found["steps"]] == ["raw", "z"]
    assert found["steps"][0]["steps"] == []
    first, harmonized = found["steps"][1]["steps"]
    assert first == "z-score (scale 100)"
    assert harmonized.endswith("as the study has fitted it")
    assert [name for name, _ in found["settings"]] == ["All strategies"]
    assert found["versions"]["rows"] == [["radharmony", "0.1.0"], ["numpy", "2.4.6"]]
    assert [name for name, _ in found["digests"]] == ["Settings", "Data (images and masks)", "Started, finished"]


def test_the_whitelists_that_it_is_like_have_their_digest():
    found = summarize(SimpleNamespace(record=RECORD | {"like": {"digest": "c" * 64}}))
    assert ("Whitelists", "c" * 64) in found["digests"]
