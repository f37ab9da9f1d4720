"""Law: what the command leaves is what Python leaves that is asked for the same."""

import numpy as np
import pandas as pd
import pytest

from evaluation.claims.measurement_error import measurement_error_table
from evaluation.reading import digest_of_table, source_of
from evaluation.reliability.table import reliability_table
from experiments.analyses import ANALYSES
from experiments.analyses.apply.files import write_applied
from experiments.analyses.apply.run import run_application
from experiments.analyses.apply.settings import ApplicationSettings
from experiments.analyses.change.files import write_change
from experiments.analyses.change.run import run_change
from experiments.analyses.change.settings import ChangeSettings
from experiments.analyses.diagnose.files import write_diagnosis
from experiments.analyses.diagnose.run import run_diagnosis
from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.equivalence.files import write_equivalence
from experiments.analyses.equivalence.run import run_equivalence
from experiments.analyses.equivalence.settings import EquivalenceSettings
from experiments.analyses.harmonize.files import write_harmonized
from experiments.analyses.harmonize.run import run_harmonization
from experiments.analyses.harmonize.settings import HarmonizationSettings
from experiments.analyses.reliability.files import write_reliability
from experiments.analyses.reliability.run import run_reliability
from experiments.analyses.reliability.settings import ReliabilitySettings
from experiments.analyses.sample_size.files import write_sample_size
from experiments.analyses.sample_size.run import run_sample_size
from experiments.analyses.sample_size.settings import SampleSizeSettings
from experiments.analyses.select.files import write_whitelist
from experiments.analyses.select.run import run_selection
from experiments.analyses.select.settings import SelectionSettings
from experiments.analyses.shared.groups import Workers
from experiments.analyses.tradeoff.files import write_tradeoff
from experiments.analyses.tradeoff.run import run_tradeoff
from experiments.analyses.tradeoff.settings import TradeoffSettings
from experiments.analyses.transfer.files import write_transfer
from experiments.analyses.transfer.run import run_transfer
from experiments.analyses.transfer.settings import TransferSettings
from experiments.analyses.trend.files import write_trend
from experiments.analyses.trend.run import run_trend
from experiments.analyses.trend.settings import TrendSettings
from experiments.analyses.worth.files import write_worth
from experiments.analyses.worth.run import run_worth
from experiments.analyses.worth.settings import WorthSettings
from experiments.simulate.feature_table import FeatureGroup, simulate_cohort


@pytest.fixture
def table(tmp_path):
    """Fifteen patients with two organs under two scanners."""
    rng = np.random.default_rng(4)
    index = pd.MultiIndex.from_product(
        [[f"P{i:02}" for i in range(15)], ["liver", "spleen"], ["a", "b"]], names=["patient", "organ", "scanner"]
    )
    values = rng.normal(10, 2, (15, 1, 3)) + rng.normal(0, 0.5, (15, 4, 3))
    features = pd.DataFrame(values.reshape(60, 3), index, [f"original_glcm_F{i}" for i in range(3)])
    features.reset_index().to_csv(tmp_path / "table.csv", index=False)
    named = features.reset_index().rename(columns={"patient": "subject", "organ": "roi", "scanner": "condition"})
    measurement_error_table(named.assign(strategy="all", sequence="all")).to_parquet(tmp_path / "errors.parquet")
    truth = named[named["condition"] == "a"]
    moved = named.columns.str.startswith("original")
    noisy = truth.assign(**{name: truth[name] + rng.normal(0, 0.1, len(truth)) for name in named.columns[moved]})
    perturbed = pd.concat([named.assign(perturbation="unperturbed"), noisy.assign(perturbation="noise-1")])
    perturbed.to_csv(tmp_path / "perturbed.csv", index=False)
    return tmp_path / "table.csv"


def test_a_table_in_memory_gives_what_its_file_gives(table, tmp_path):
    # A DataFrame with rows ended in an error of pandas while all that is no table was refused in words.
    frame = pd.read_csv(table)
    settings = ReliabilitySettings(condition=("scanner",), reference="a", no_figures=True)
    found = {}
    for name, given in (("file", table), ("memory", frame)):
        reliability = run_reliability(given, settings)
        write_reliability(tmp_path / name / "out", reliability)
        done = run_harmonization(given, HarmonizationSettings(batch=("scanner",)))
        write_harmonized(tmp_path / name / "new.csv", done)
        selected = run_selection(reliability.computed, SelectionSettings(threshold={"icc": 0.5}))
        found[name] = left_in(tmp_path / name), selected.whitelist.features, repr(reliability), repr(done)
        (source,) = (path for path in found[name][0] if path.name == "reliability.source.json")
        found[name][0].pop(source)  # the names differ
        of_result = run_selection(reliability, SelectionSettings(threshold={"icc": 0.5})).whitelist
        assert of_result.features == selected.whitelist.features
        assert of_result.data_digest == digest_of_table(source_of(given))  # it was empty
    assert found["memory"] == found["file"]
    both = run_reliability({"one": frame, "two": frame}, settings)
    assert sorted(one["file"] for one in both.given.sources.values()) == ["DataFrame 'one'", "DataFrame 'two'"]


def left_in(folder):
    """Give all files of a folder with their bytes."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def patients(tmp_path):
    """Sixty patients with a diagnosis under two conditions; what volunteers told of their features."""
    groups = (FeatureGroup("Robust", 3, 1.0, (0.95, 0.95)), FeatureGroup("Fragile", 3, 0.0, (0.3, 0.3)))
    cohort = simulate_cohort(60, groups=groups, conditions=("REF", "ACC"), seed=1)
    cohort.table.to_csv(tmp_path / "patients.csv", index=False)
    others = simulate_cohort(30, groups=groups, conditions=("REF", "ACC"), seed=2)
    reliability_table(others.table, "REF").to_parquet(tmp_path / "volunteers.parquet")
    once = cohort.table[cohort.table["condition"] == "REF"].drop(columns=["condition", "strategy"])
    once.to_csv(tmp_path / "once.csv", index=False)
    selected = run_selection(tmp_path / "volunteers.parquet", SelectionSettings(threshold={"icc": 0.7}))
    write_whitelist(tmp_path / "whitelist.json", selected)
    return tmp_path


def diagnosis(place, out):
    settings = DiagnosisSettings(**VALIDATION, models=("logistic",))
    write_diagnosis(out, run_diagnosis(place / "once.csv", settings, ONE))


def sweep(place, out):
    settings = TradeoffSettings(**VALIDATION, condition=("condition",), reference="REF", thresholds=(0, 0.7))
    write_tradeoff(out, run_tradeoff(place / "patients.csv", settings, ONE))


def transferred(place, out):
    settings = TransferSettings(train="REF", test="ACC", **VALIDATION, model="logistic")
    write_transfer(out, run_transfer(place / "patients.csv", settings, ONE))


def applied(place, out):
    found = run_application(place / "whitelist.json", place / "patients.csv", ApplicationSettings(allow=("unknown",)))
    write_applied(out / "robust.csv", found)


def selected(place, out):
    found = run_selection(place / "volunteers.parquet", SelectionSettings(threshold={"icc": 0.7}, at_least=1))
    write_whitelist(out / "list.json", found)


def reliable(place, out):
    settings = ReliabilitySettings(condition=("scanner",), reference="a", statistics=("bias", "wsd"), no_figures=True)
    write_reliability(out, run_reliability(place / "table.csv", settings))


def changed(place, out):
    errors = place / "errors.parquet"
    settings = ChangeSettings(
        reliability=errors, coefficient="rdc", visit="scanner", visits=("a", "b"), allow=("unknown",)
    )
    write_change(out, run_change(place / "table.csv", settings))


def equivalent(place, out):
    settings = EquivalenceSettings(conditions=("a", "b"), column=("scanner",), margin="10%")
    write_equivalence(out, run_equivalence(place / "table.csv", settings))


def harmonized(place, out):
    done = run_harmonization(place / "table.csv", HarmonizationSettings(batch=("scanner",)))
    write_harmonized(out / "new.csv", done, out / "model.json")


def sized(_, out):
    write_sample_size(out, run_sample_size(SampleSizeSettings(icc=0.8, width=0.2)))


def ordered(place, out):
    settings = TrendSettings(levels="condition", numbers={"REF": "1", "ACC": "2"})
    write_trend(out, run_trend(place / "patients.csv", settings))


def worthy(place, out):
    write_worth(out, run_worth(place / "perturbed.csv", WorthSettings(threshold={"icc": "0.8"})))


VALIDATION = {"target": "diagnosis", "folds": 3, "repeats": 1, "inner_folds": 2, "n_resamples": 100}
VALIDATED = "--target diagnosis --folds 3 --repeats 1 --inner-folds 2 --resamples 100 --jobs 1 --out OUT"
ONE = Workers(jobs=1)
SAME = {
    "reliability": (
        reliable,
        "table.csv --condition scanner --reference a --statistics bias,wsd --no-figures --quiet --out OUT",
    ),
    "change": (
        changed,
        "table.csv --reliability errors.parquet --coefficient rdc --visit scanner --visits a --visits b "
        "--allow unknown --out OUT",
    ),
    "equivalence": (equivalent, "table.csv --condition a --condition b --column scanner --margin 10% --out OUT"),
    "harmonize": (harmonized, "table.csv --batch scanner --quiet --out OUT/new.csv --save OUT/model.json"),
    "select": (selected, "volunteers.parquet --threshold icc=.7 --at-least 1 --quiet --out OUT/list.json"),
    "apply": (applied, "whitelist.json patients.csv --allow unknown --out OUT/robust.csv"),
    "diagnose": (diagnosis, f"once.csv --model logistic {VALIDATED}"),
    "tradeoff": (sweep, f"patients.csv --condition condition --reference REF --thresholds 0,.7 {VALIDATED}"),
    "transfer": (transferred, f"patients.csv --train REF --test ACC --model logistic {VALIDATED}"),
    "trend": (ordered, "patients.csv --levels condition --number REF=1 --number ACC=2 --quiet --out OUT"),
    "worth": (worthy, "perturbed.csv --threshold icc=0.8 --quiet --out OUT"),
    "sample_size": (sized, "--icc .8 --width .2 --quiet --out OUT"),
}


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("name", ANALYSES)
def test_python_and_command_leave_the_same_files(radharmony, patients, name):
    in_python, words = SAME[name]
    for out in ("command", "python"):
        (patients / out).mkdir()
    arguments = [word.replace("OUT", str(patients / "command")) for word in words.split()]
    given = [patients / word if (patients / word).is_file() else word for word in arguments]
    done = radharmony(ANALYSES[name].typed, *given)
    assert done.returncode == 0, done.stderr
    in_python(patients, patients / "python")
    mine, theirs = left_in(patients / "command"), left_in(patients / "python")
    assert mine
    assert sorted(mine) == sorted(theirs)
    assert [str(file) for file in mine if mine[file] != theirs[file]] == []
