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
    content = {key: value for key, value in document.items() if key != "digest"}
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


def test_an_altered_file_is_found_out(fitted, tmp_path, golden):
    path = tmp_path / "m.json"
    fitted[0].save(path)
    path.write_text(path.read_text(encoding="utf-8").replace('"A"', '"C"', 1))
    with golden.error(ConfigurationError):
        ComBat.load(path)


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[1, 2]",
        '{"schema": "other"}',
        '{"schema": "radharmony.combat", "version": 99}',
        '{"schema": "radharmony.combat", "version": NaN}',
        "[" * 200_000,
    ],
)
def test_other_files_are_refused(text, tmp_path, golden):
    path = tmp_path / "m.json"
    path.write_text(text)
    with golden.error(ConfigurationError):
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
    "change",
    [
        set_at("kind", value="Other"),
        set_at("parameters", value={"batch": "scanner"}),
        set_at("parameters", "batch", value={"a": 1}),
        set_at("parameters", "mean_only", value="yes"),
        set_at("parameters", "reference", value="Z"),
        set_at("parameters", "categorical", value=["site"]),
        set_at("state", "batches", value=["A", "A"]),
        set_at("state", "features", value="abcd"),
        set_at("state", "columns", value=["a"]),
        set_at("state", "effects", value=[]),
        set_at("state", "effects", "gamma_star", value=[[0.0]]),
        set_at("state", "effects", "gamma_star", value="x"),
        set_at("state", "effects", "delta_star", 1, 2, value=0.0),
        set_at("state", "effects", "delta_star", 1, 2, value=-1.0),
        set_at("state", "effects", "grand_mean", 0, value=None),
        set_at("state", "covariates", 1, "scale", value=0.0),
        set_at("state", "covariates", 1, "knots", value=[0.0, 2.0, 1.0]),
        set_at("state", "effects", "priors", "tau2", value=[1.0]),
    ],
)
def test_a_file_with_a_fitting_digest_is_checked_value_by_value(fitted, tmp_path, change, golden):
    path = tmp_path / "m.json"
    fitted[0].save(path)
    rewrite(path, change)
    with golden.error(ConfigurationError):
        ComBat.load(path)


def test_names_that_json_does_not_know_are_refused_when_saving(tmp_path, golden):
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)))
    table.columns = pd.Index([("a", 1), ("a", 2), "b"], tupleize_cols=False)
    model = ComBat("scanner").fit(table.assign(scanner=np.repeat([True, False], 30)))
    with golden.error(ConfigurationError):
        model.save(tmp_path / "m.json")
