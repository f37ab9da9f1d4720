from experiments.compare.settings import setting_differences

EXTRACTION = {"setting": {"binWidth": 5}, "engine": "radharmony"}
ZSCORE = {"name": "z", "steps": [{"zscore": {"scale": 100}}], "extraction": EXTRACTION}
RECORD = {
    "reference": "REF+STD",
    "subjects": ["S1"],
    "rule": {"icc": 0.9},
    "strategies": [ZSCORE],
    "settings_digest": "x",
}


def test_the_same():
    assert setting_differences(RECORD, RECORD) == []
    assert setting_differences(RECORD, {**RECORD, "seconds": 3, "name": "another"}) == []


def test_study_and_rule():
    other = {**RECORD, "reference": "ACC+STD", "subjects": ["S1", "S2"], "rule": {"icc": 0.75, "cv": 0.1}}
    assert setting_differences(RECORD, other) == [
        ("reference", "REF+STD", "ACC+STD"),
        ("subjects", ["S1"], ["S1", "S2"]),
        ("rule.icc", 0.9, 0.75),
        ("rule.cv", None, 0.1),
    ]


def test_steps_by_their_place_and_strategies_of_only_one():
    n4 = {**ZSCORE, "steps": [{"n4": {"shrink": 4}}, *ZSCORE["steps"]], "description": "words do not count"}
    other = {**RECORD, "strategies": [n4, {**ZSCORE, "name": "new"}]}
    assert setting_differences(RECORD, other) == [
        ("strategies.z.steps.1.zscore.scale", 100, None),
        ("strategies.z.steps.1.n4.shrink", None, 4),
        ("strategies.z.steps.2.zscore.scale", None, 100),
        ("strategies.new", None, "there"),
    ]


def test_the_engine_counts():
    other = {**ZSCORE, "extraction": {**EXTRACTION, "engine": "pyradiomics"}}
    assert setting_differences(RECORD, {**RECORD, "strategies": [other]}) == [
        ("strategies.z.extraction.engine", "radharmony", "pyradiomics")
    ]


def test_what_the_record_does_not_spell_out_is_seen_by_the_digest():
    assert setting_differences(RECORD, {**RECORD, "settings_digest": "y"}) == [("settings_digest", "x", "y")]


def test_settings_of_the_registration_are_named():
    """Two runs that differed in their registration alone showed two digests."""
    carried = {**RECORD, "settings_digest": "y", "registration": {"metric": "correlation", "margin": 20.0}}
    other = {**carried, "settings_digest": "z", "registration": {"metric": "correlation", "margin": 10.0}}
    assert setting_differences(carried, other) == [("registration.margin", 20.0, 10.0)]
    assert setting_differences({**RECORD, "registration": None}, carried) == [
        ("registration.metric", None, "correlation"),
        ("registration.margin", None, 20.0),
    ]
