import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from evaluation.batch_effects import harmonize_values
from experiments.analyses.harmonize.command import harmonize
from experiments.study.harmonizer import Harmonizer, method_text
from harmonize.combat import METHODS, ComBat, CovBat, LongitudinalComBat, make_harmonizer
from harmonize.combat.base import BatchHarmonizer, BatchTable
from harmonize.errors import ConfigurationError


def make(method, **options):
    return make_harmonizer(method, options, batch="condition", subject="subject", where="study.yaml")


def test_every_method_is_made_with_its_defaults():
    for method, cls in METHODS.items():
        model = make(method)
        assert type(model) is cls
        assert model.batch == "condition"
    assert make("paired").subject == "subject"


def test_options_arrive_as_the_constructor_takes_them():
    model = make("covbat", reference="REF", mean_only=True, tolerance="1e-10", categorical="sex", smooth=["age"])
    assert isinstance(model, CovBat)
    assert (model.reference, model.mean_only, model.tolerance) == ("REF", True, 1e-10)
    assert (model.categorical, model.smooth) == (("sex",), ("age",))
    assert make("combat", tolerance=None).tolerance is None
    assert isinstance(make("paired", scaling="REML"), LongitudinalComBat)
    assert type(make("combat")) is ComBat


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("combt", {}, "unknown harmonizer 'combt'; did you mean 'combat'"),
        ("combat", {"refrence": "REF"}, "combat: unknown key 'refrence'; did you mean 'reference'"),
        ("combat", {"batch": "x"}, "unknown key 'batch'"),
        ("combat", {"parametric": "yes"}, "parametric: expected true or false, found 'yes'"),
        ("combat", {"spline_df": True}, "spline_df: expected a whole number"),
        ("combat", {"tolerance": "tiny"}, "tolerance: expected a number"),
        ("combat", {"categorical": [1]}, "categorical: expected names of columns"),
        ("combat", {"reference": ["REF"]}, "reference: expected one of the batches"),
        ("paired", {"scaling": 3}, "scaling: expected a text"),
        ("batch_zscore", {"mean_only": True}, "unknown key 'mean_only'"),
    ],
)
def test_what_does_not_fit_is_refused(method, options, message):
    with pytest.raises(ConfigurationError, match=message):
        make(method, **options)


class Centring(BatchHarmonizer):
    """All of a new harmonizer: its abilities, what it learns and how it maps."""

    name, title = "centring", "centring of batches"

    def __init__(self, batch: str = "batch", *, strength: float = 1.0) -> None:
        self.batch = batch
        self.strength = strength

    def _estimate(self, table: BatchTable) -> None:
        means = [table.values[table.codes == code].mean(axis=0) for code in range(len(self.batches_))]
        self.shifts_ = np.array(means) - table.values.mean(axis=0)

    def _adjust(self, table: BatchTable) -> np.ndarray:
        return table.values - self.strength * self.shifts_[table.codes]


def test_a_new_harmonizer_is_one_class_and_one_entry(monkeypatch, tmp_path):
    """It is there in Python, in a study file, on the command line, held out, and in the words of the report."""
    monkeypatch.setitem(METHODS, "centring", Centring)
    harmonizer = Harmonizer.parse({"centring": {"strength": 0.5}}, "study.yaml: harmonizer")
    assert method_text(harmonizer.to_mapping()).startswith("Centring of batches of the batches in condition")
    table = pd.DataFrame({"condition": ["a", "b"] * 6, "who": np.repeat(range(6), 2), "x": np.arange(12.0)})
    values = harmonize_values(table, harmonizer.model(), ["x"], by=(), subject="who")
    assert values.in_sample.groupby(table["condition"])["x"].mean().diff().iloc[1] == pytest.approx(0.5)
    table.to_csv(tmp_path / "table.csv", index=False)
    given = [str(tmp_path / "table.csv"), "--batch", "condition", "--method", "centring", "--together"]
    done = CliRunner().invoke(harmonize, [*given, "--features", "x", "--out", str(tmp_path / "out.csv")])
    assert done.exit_code == 0, done.output
    found = pd.read_csv(tmp_path / "out.csv").groupby("condition")["x"].mean()
    assert found["a"] == pytest.approx(found["b"])
