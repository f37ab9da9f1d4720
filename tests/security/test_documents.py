"""Documents from strangers - whitelists, models, fits, entries of the cache - are data: read, or refused in words."""

import contextlib
import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.running.store.finished import FEATURES, REGISTRATION, store_at
from experiments.running.store.packed import seal, unseal
from harmonize.combat import ComBat, CovBat, GroupedHarmonizer
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build
from harmonize.registration import Registered
from harmonize.registration.rigid import Rigid
from harmonize.steps import Fit, Fits, FittedNyul
from selection import Whitelist

FUZZ = settings.get_profile("fuzz")


@pytest.fixture(scope="module")
def whitelist():
    passing = pd.DataFrame(
        {
            "strategy": "raw",
            "sequence": "T2",
            "roi": ["liver", "liver", "spleen"],
            "feature": ["original_glcm_Id", "original_glcm_Idm", "original_glcm_Id"],
            "passes": [True, False, True],
        }
    )
    return Whitelist.from_passing(passing, "raw", rule={"thresholds": {"icc": 0.9}, "definition": "ICC > 0.9"})


def signed(document):
    """Give a changed whitelist the digest that its content has, as an attacker would."""
    if isinstance(document, dict) and "digest" in document:
        content = {key: value for key, value in document.items() if key != "digest"}
        try:
            return {**content, "digest": digest_of(content)}
        except (ValueError, RecursionError):
            pass
    return document


@FUZZ
@given(st.data())
def test_a_changed_whitelist_is_refused(whitelist, changed, as_json, data):
    original = json.loads(whitelist.to_json())
    text = as_json(changed(data, original))
    try:
        read = Whitelist.from_json(text)
    except ConfigurationError:
        return
    assert read == whitelist


@FUZZ
@given(st.data())
def test_a_whitelist_with_a_right_digest_is_consistent_or_refused(whitelist, changed, as_json, data):
    text = as_json(signed(changed(data, json.loads(whitelist.to_json()))))
    try:
        read = Whitelist.from_json(text)
    except ConfigurationError:
        return
    for sequence, roi in read.places:
        assert read.considered[sequence][roi] >= len(read.features[sequence][roi])
        assert read.within(sequence, roi).places == ((sequence, roi),)
    for condition in read.contrasts:
        read.under(condition)
    assert read.known >= set(read.everywhere)


@FUZZ
@given(st.data())
def test_damaged_bytes_of_a_whitelist_are_refused(whitelist, damaged, tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "whitelist.json"
    path.write_bytes(damaged(data, whitelist.to_json().encode()))
    with contextlib.suppress(ConfigurationError):
        assert Whitelist.read(path) == whitelist


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "1" * 5000, '"\\ud800"', "[" * 5000 + "]" * 5000])
def test_a_value_that_json_cannot_write_again_is_refused(number):
    # These came out as ValueError, UnicodeEncodeError and RecursionError.
    with pytest.raises(ConfigurationError):
        Whitelist.from_json(f'{{"schema": "radharmony.whitelist/1", "strategy": {number}, "digest": ""}}')


KEYS = dict.fromkeys((ComBat, CovBat), ("kind", "parameters", "state")) | {GroupedHarmonizer: ("by", "groups")}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Give saved models, what they were fitted on, and what they made of it, by class."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(size=(88, 3)), columns=["f1", "f2", "f3"])
    table.insert(0, "batch", np.tile(["a", "b"], 44))
    table.insert(1, "age", np.tile(np.arange(22.0), 4))
    sites = table.assign(site=np.repeat(["x", "y"], 44))
    combat, covbat = (kind(batch="batch", continuous=["age"]) for kind in (ComBat, CovBat))
    made = {
        ComBat: (combat.fit(table), table),
        CovBat: (covbat.fit(table), table),
        GroupedHarmonizer: (GroupedHarmonizer.fit(combat, sites, ["f1", "f2", "f3"], ["site"]), sites),
    }
    found = {}
    for kind, (model, features) in made.items():
        path = tmp_path_factory.mktemp("models") / "model.json"
        model.save(path)
        found[kind] = (json.loads(path.read_text(encoding="utf-8")), features, model.transform(features))
    return found


@pytest.mark.parametrize("signed_again", [False, True])
@pytest.mark.parametrize("kind", [ComBat, CovBat, GroupedHarmonizer])
@FUZZ
@given(data=st.data())
def test_a_changed_model_is_refused_or_usable(models, changed, as_json, tmp_path_factory, kind, signed_again, data):
    document, table, expected = models[kind]
    document = changed(data, document)
    if signed_again and isinstance(document, dict):
        with contextlib.suppress(ValueError, RecursionError):
            document["digest"] = digest_of({key: document.get(key) for key in KEYS[kind]})
    path = tmp_path_factory.getbasetemp() / "model.json"
    path.write_text(as_json(document))
    try:
        model = kind.load(path)
        with np.errstate(all="ignore"):
            found = model.transform(table)
    except ConfigurationError:
        return
    assert found.shape == expected.shape
    if not signed_again:
        pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(expected))


@pytest.mark.parametrize("signed_again", [False, True])
@FUZZ
@given(data=st.data())
def test_changed_fits_are_refused_or_usable(changed, as_json, signed_again, data):
    scale = FittedNyul("foreground", (1.0, 50.0, 99.0), (0.0, 30.0, 100.0))
    fits = Fits("nyul", {"T2": Fit(scale, ("A", "B"), 2)})
    document = changed(data, json.loads(fits.to_json()))
    if signed_again:
        document = signed(document)
    try:
        read = Fits.from_json(as_json(document), "nyul", FittedNyul)
    except ConfigurationError:
        return
    assert read.digest()
    if not signed_again:
        assert read == fits


KEY = "0" * 64


@FUZZ
@given(data=st.data())
def test_a_changed_entry_of_the_cache_counts_as_absent(changed, as_json, tmp_path_factory, data):
    store = store_at(tmp_path_factory.getbasetemp() / "finished")
    store.put(FEATURES, KEY, {"liver": {"original_glcm_Id": 0.5}})
    place = store.place(KEY)
    document = json.loads(unseal(place.read_bytes()))
    assert store.get(FEATURES, KEY, dict) is not None
    place.write_bytes(seal(as_json(changed(data, document)).encode()))
    store.get(
        FEATURES, KEY, lambda content: {roi: float(values["original_glcm_Id"]) for roi, values in content.items()}
    )
    list(store.entries())


@FUZZ
@given(data=st.data())
def test_damaged_bytes_of_an_entry_are_never_trusted(damaged, tmp_path_factory, data):
    store = store_at(tmp_path_factory.getbasetemp() / "finished")
    store.put(FEATURES, KEY, {"liver": 0.5})
    content = store.place(KEY).read_bytes()
    store.place(KEY).write_bytes(damaged(data, content))
    assert store.get(FEATURES, KEY, dict) in (None, {"liver": 0.5})
    list(store.entries())


@FUZZ
@given(data=st.data())
def test_a_changed_registration_is_a_motion_or_absent(changed, as_json, tmp_path_factory, data):
    # A matrix of another shape came back, and the run ended when ROIs were carried with it.
    store = store_at(tmp_path_factory.getbasetemp() / "finished")
    motion = Rigid(((0.0, -1.0), (1.0, 0.0)), (3.0, 4.0), slice=0)
    found = Registered((motion, motion), 0, 5.0, 90.0, 0.1, 0.8, -0.5, -0.7)
    store.put(REGISTRATION, KEY, asdict(found))
    place = store.place(KEY)
    document = json.loads(unseal(place.read_bytes()))
    document["content"] = changed(data, document["content"])
    place.write_bytes(seal(as_json(document).encode()))
    read = store.get(REGISTRATION, KEY, lambda values: build(Registered, values, "registration"))
    if read is not None:
        for rigid in read.transforms:
            assert np.isfinite(rigid(np.ones((2, len(rigid.offset))))).all()
            rigid.inverse()
