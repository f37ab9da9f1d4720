import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ComBat
from harmonize.errors import ConfigurationError


@pytest.fixture
def fitted():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(60, 4)), columns=list("abcd"))
    table = table.assign(scanner=np.repeat(["A", "B"], 30), sex=["f", "m"] * 30, age=rng.uniform(20, 80, 60))
    return ComBat("scanner", categorical="sex", smooth="age", reference="A").fit(table), table


def rewrite(path, change):
    """Change a saved model and give it the digest that fits."""
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    content = {key: document[key] for key in ("kind", "parameters", "state")}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    document["digest"] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(document))


def test_round_trip_keeps_every_learned_value(fitted, tmp_path):
    model, table = fitted
    model.save(tmp_path / "m.json")
    loaded = ComBat.load(tmp_path / "m.json")
    np.testing.assert_array_equal(loaded.transform(table), model.transform(table))
    assert loaded.covariates_ == model.covariates_
    assert vars(loaded).keys() == vars(model).keys()
    np.testing.assert_array_equal(loaded.effects_.priors.a, model.effects_.priors.a)
    loaded.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "m.json").read_bytes()


def test_an_altered_file_is_found_out(fitted, tmp_path):
    path = tmp_path / "m.json"
    fitted[0].save(path)
    path.write_text(path.read_text(encoding="utf-8").replace('"A"', '"C"', 1))
    with pytest.raises(ConfigurationError, match="altered"):
        ComBat.load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "cannot be read as JSON"),
        ("[1, 2]", "not a saved harmonization model"),
        ('{"schema": "other"}', "not a saved harmonization model"),
        ('{"schema": "radharmony.combat", "version": 99}', "version 99, this release reads 1"),
        ('{"schema": "radharmony.combat", "version": NaN}', "cannot be read"),
        ("[" * 200_000, "cannot be read"),
    ],
)
def test_other_files_are_refused(text, message, tmp_path):
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        ComBat.load(path)


def test_a_file_that_is_not_there_is_not_called_unreadable(tmp_path, golden):
    with golden.error(ConfigurationError):
        ComBat.load(tmp_path / "none.json")


def set_at(*keys, value):
    def change(document):
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_at("kind", value="Other"), "is a 'Other', expected 'ComBat'"),
        (set_at("parameters", value={"batch": "scanner"}), "parameters are not those"),
        (set_at("parameters", "batch", value={"a": 1}), "parameters are not those"),
        (set_at("parameters", "mean_only", value="yes"), "mean_only='yes'"),
        (set_at("parameters", "reference", value="Z"), "do not hold the reference"),
        (set_at("parameters", "categorical", value=["site"]), "do not fit the parameters"),
        (set_at("state", "batches", value=["A", "A"]), "holds a label twice"),
        (set_at("state", "features", value="abcd"), "'features' is not a list"),
        (set_at("state", "columns", value=["a"]), "'columns' do not fit"),
        (set_at("state", "effects", value=[]), "'effects' is not a mapping"),
        (
            set_at("state", "effects", "gamma_star", value=[[0.0]]),
            r"'gamma_star' has shape \(1, 1\), expected \(2, 4\)",
        ),
        (set_at("state", "effects", "gamma_star", value="x"), "'gamma_star' is not an array"),
        (set_at("state", "effects", "delta_star", 1, 2, value=0.0), "'delta_star' holds a value out of range"),
        (set_at("state", "effects", "delta_star", 1, 2, value=-1.0), "'delta_star' holds a value out of range"),
        (set_at("state", "effects", "grand_mean", 0, value=None), "'grand_mean' "),
        (set_at("state", "covariates", 1, "scale", value=0.0), "'scale' holds a value out of range"),
        (set_at("state", "covariates", 1, "knots", value=[0.0, 2.0, 1.0]), "'knots' do not increase"),
        (set_at("state", "effects", "priors", "tau2", value=[1.0]), "'tau2' has shape"),
    ],
)
def test_a_file_with_a_fitting_digest_is_checked_value_by_value(fitted, tmp_path, change, message):
    path = tmp_path / "m.json"
    fitted[0].save(path)
    rewrite(path, change)
    with pytest.raises(ConfigurationError, match=message):
        ComBat.load(path)


def test_names_that_json_does_not_know_are_refused_when_saving(tmp_path, golden):
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)))
    table.columns = pd.Index([("a", 1), ("a", 2), "b"], tupleize_cols=False)
    model = ComBat("scanner").fit(table.assign(scanner=np.repeat([True, False], 30)))
    with golden.error(ConfigurationError):
        model.save(tmp_path / "m.json")
