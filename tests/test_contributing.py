"""CONTRIBUTING.md is true: its examples are added to the program as they stand, and a scan goes the way it tells."""

import importlib
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from evaluation.batch_effects import harmonize_values
from evaluation.extraction import ExtractionSettings
from evaluation.publication import Analysis, methods_text, paper_tables
from evaluation.reliability.summary import summarize
from evaluation.reliability.table import reliability_table
from evaluation.reliability.terms import described, threshold
from experiments.analyses.harmonize.command import harmonize
from experiments.analyses.shared.pipeline_parts import parse_selector
from experiments.cli import radharmony
from experiments.page import wording
from experiments.running.runner import run_study
from experiments.study.chains import parse_perturbations
from experiments.study.harmonizer import Harmonizer, method_text
from experiments.study.perturbations import perturbations_record
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.formats import MaskSource, read_volume
from harmonize.formats.registry import files_of
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import perturb
from harmonize.protocol import read_protocol
from harmonize.steps import apply_steps, describe, parse_steps
from radharmony.floors import FLOORS
from selection import Thresholds
from selection.selectors.registry import make_selector
from selection.sweep.sweep import Sweep
from tests.contributed import (
    PAGE,
    REGISTRIES,
    SECTIONS,
    added_to_the_program,
    entry_of_page,
    files_of_page,
    small_study,
)

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def added(request, tmp_path):
    """Add an example of the page."""
    with added_to_the_program(request.param, tmp_path):
        yield tmp_path


def add(section):
    return pytest.mark.parametrize("added", [section], indirect=True)


def test_the_set_up_is_the_one_of_the_readme():
    """The gate takes it from there."""
    (command,) = re.findall(r"^python3 -m venv .*pytest$", PAGE, flags=re.MULTILINE)
    assert command in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("section", REGISTRIES)
def test_two_places_are_touched(section):
    """Regression: a new statistic touched five to twelve files, a new analysis about twelve."""
    files = list(map(Path, files_of_page(section)))
    assert len({one.parent if section == "A new analysis" else one for one in files}) == 1
    assert Path(entry_of_page(section)[0]) not in files
    assert not any((ROOT / one).exists() for one in files)


@pytest.mark.parametrize("linter", [["check"], ["format", "--diff"]], ids=["check", "format"])
def test_what_is_shown_passes_the_linter(linter, tmp_path):
    for section in REGISTRIES:
        for name, text in [*files_of_page(section).items(), entry_of_page(section)]:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
    rooms = [sys.executable, "-m", "ruff", *linter, "--quiet", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    known = f"lint.isort.known-first-party={[one.name for one in tmp_path.iterdir()]}"
    done = subprocess.run([*rooms, "--config", known, "."], text=True, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@add("A step")
@pytest.mark.usefixtures("added")
def test_a_new_step():
    """It is there in a study file, with the checks and the description that all steps have."""
    entry = {"steps": ["round", {"gamma": {"exponent": 3}}]}
    strategy = Strategy.parse("bright", entry, ExtractionSettings(), "study.yaml", Path())
    volume = Volume(np.full((2, 4, 4), 2.2), Grid((4, 4, 2)))
    assert apply_steps(strategy.steps, volume).image.max() == 8.0
    assert describe(strategy.steps[1]) == {"gamma": {"exponent": 3.0}}
    with pytest.raises(ConfigurationError, match="unknown key 'exponnt'; did you mean 'exponent'"):
        parse_steps([{"gamma": {"exponnt": 3}}], "study.yaml: steps")


@add("A perturbation")
@pytest.mark.usefixtures("added")
def test_a_new_perturbation():
    """It is there in a study file, with grids over its parameters, random numbers, place and description of all."""
    chain = {"steps": [{"speckle": {"deviation": [0.1, 0.2]}}], "repeats": 2}
    draws = parse_perturbations({"speckle": chain}, "study.yaml: perturbations", perturb=["speckle+rotation"])
    assert [one.name for one in draws] == [*(f"speckle-{number}" for number in range(1, 5)), "speckle_rotation-1"]
    assert draws[0].place(parse_steps(["zscore"], "steps")) == 0
    volume = Volume(np.full((4, 30, 30), 100.0), Grid((30, 30, 4)), {"organ": np.ones((4, 30, 30), bool)})
    first, second, again = (perturb(draws[1].steps, volume, seed).image for seed in (1, 2, 1))
    assert first.std() == pytest.approx(20, rel=0.1)
    assert (first == again).all()
    assert (first != second).all()
    record = perturbations_record(draws)["perturbations"]["speckle"]["draws"]
    assert record["speckle-2"] == [{"speckle": {"deviation": 0.2}}]
    with pytest.raises(ConfigurationError, match="unknown key 'deviaton'; did you mean 'deviation'"):
        parse_perturbations({"speckle": [{"speckle": {"deviaton": 1}}]}, "study.yaml: perturbations")


@add("A statistic")
@pytest.mark.usefixtures("added")
def test_a_new_statistic():
    """It is there in the table, the summary, thresholds, whitelists, the report, and what papers and pages are told."""
    values = np.random.default_rng(0).lognormal(1, 0.4, size=(17, 2))
    features = pd.concat(
        pd.DataFrame(
            {
                **{"strategy": "raw", "subject": [f"s{i}" for i in range(17)], "sequence": "T2", "roi": "liver"},
                **{"condition": name, "original_glcm_Id": values[:, at], "original_glcm_Idm": 5 + at / 10},
            }
        )
        for at, name in enumerate(("REF", "ACC"))
    )
    table = reliability_table(features, "REF")
    rows = table[table["statistic"] == "worst_cv"].set_index("feature")
    assert rows.loc["original_glcm_Idm", "estimate"] == pytest.approx(0.1 / 2**0.5 / 5.05)
    summary = summarize(table).query("statistic == 'worst_cv' and by == 'overall'").iloc[0]
    assert (summary["threshold"], summary["direction"], summary["passing"]) == (0.4, "below", 1)
    rule = Thresholds.from_mapping({"worst_cv": 0.4}, "thresholds")
    assert rule.whitelist(table, "raw").features == {"T2": {"liver": ("original_glcm_Idm",)}}
    assert threshold("worst_cv", 0.4) == "Worst CV < 40 %"
    assert wording.label("worst_cv") == "Worst CV"
    analysis = Analysis("REF", ("REF", "ACC"), subjects=17, features=2)
    overall = paper_tables(table, analysis)[0]
    assert {"Worst CV, %", "Worst CV < 40 %"} <= set(overall.columns)
    text = methods_text(analysis)
    assert re.search(
        r"the largest coefficient of variation of any subject \[(\d+)\].*^\1\. Authors\. Title",
        text,
        flags=re.DOTALL | re.MULTILINE,
    )
    assert "| `worst_cv` | Worst CV | all conditions at once | fraction | below | 0.40 |  | yes |" in described()


@add("A harmonizer")
def test_a_new_harmonizer(added):
    """It is there in Python, in a study file, on the command line, held out, and in the words of the report."""
    harmonizer = Harmonizer.parse({"centring": {"strength": 0.5}}, "study.yaml: harmonizer")
    assert method_text(harmonizer.to_mapping()).startswith("Centring of batches of the batches in condition")
    table = pd.DataFrame({"condition": ["a", "b"] * 6, "who": np.repeat(range(6), 2), "x": np.arange(12.0)})
    values = harmonize_values(table, harmonizer.model(), ["x"], by=(), subject="who")
    assert values.in_sample.groupby(table["condition"])["x"].mean().diff().iloc[1] == pytest.approx(0.5)
    table.to_csv(added / "table.csv", index=False)
    given = [str(added / "table.csv"), "--batch", "condition", "--method", "centring", "--together"]
    done = CliRunner().invoke(harmonize, [*given, "--features", "x", "--out", str(added / "out.csv")])
    assert done.exit_code == 0, done.output
    found = pd.read_csv(added / "out.csv").groupby("condition")["x"].mean()
    assert found["a"] == pytest.approx(found["b"])


@add("A file format")
def test_a_new_format(added):
    """It is read as an image and as a mask, with its sidecar."""
    image = np.random.default_rng(0).normal(100.0, 20.0, (6, 16, 16))
    mask = np.zeros(image.shape, np.uint8)
    mask[2:4, 4:12, 4:12] = 1
    for name, array in (("image", image), ("mask", mask)):
        np.save(added / f"{name}.npy", array)
    (added / "image.json").write_text('{"EchoTime": 0.08}', encoding="utf-8")
    assert files_of(added / "image.npy") == (added / "image.npy",)
    assert read_protocol(added / "image.npy").values["echo_time"] == 80.0
    volume, failures = read_volume(added / "image.npy", {"organ": MaskSource(added / "mask.npy")})
    assert not failures
    assert volume.grid.spacing == (2.0, 2.0, 2.0)
    assert volume.masks["organ"].sum() == mask.sum()


@add("A selector")
@pytest.mark.usefixtures("added")
def test_a_new_selector():
    """It is there in Python, on the command line and in a sweep, with its options."""
    classes = np.repeat([0, 1], 20)
    values = np.random.default_rng(0).normal(size=(40, 12))
    values[:, 6] += 3 * classes
    assert make_selector("strongest", {"n_features": 1}).fit(values, classes).get_support().nonzero()[0] == [6]
    swept = Sweep(select="strongest", select_options={"n_features": 3}).to_mapping()
    assert swept["select"] == "strongest"
    assert parse_selector("strongest:3") == ("strongest", {"n_features": 3})


@pytest.fixture(scope="session")
def traced(tmp_path_factory):
    """Run the smallest study, and say in which order the functions of the house were first called; do not change it."""
    folder = tmp_path_factory.mktemp("walk")
    path = small_study(folder, {"zscore": {"steps": ["zscore"]}})
    met = {}
    sys.setprofile(lambda frame, event, _: met.setdefault(frame.f_code, len(met)) if event == "call" else None)
    try:
        run = run_study(Study.from_yaml(path), folder / "run")
    finally:
        sys.setprofile(None)
    return run, met


@add("A new analysis")
def test_a_new_analysis(added, traced):
    """It is there in the help, as a command with its options, in the report of a run and in its MLflow run."""
    folder = added / "run"
    shutil.copytree(traced[0].folder, folder)
    assert "Features that lack values." in CliRunner().invoke(radharmony, ["--help"]).output
    assert "List features that lack this many" in CliRunner().invoke(radharmony, ["gaps", "--help"]).output
    given = ["gaps", str(folder / "features.parquet"), "--least", "0", "--run", str(folder)]
    done = CliRunner().invoke(radharmony, given)
    assert done.exit_code == 0, done.output
    number = len(pd.read_csv(folder / "gaps" / "gaps.csv"))
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Missing values" in page
    assert f"<p>{number} features in the list of missing values.</p>" in page
    with sqlite3.connect(folder / "mlflow.db") as database:
        logged = pd.read_sql("select key, value from metrics where key = 'missing'", database)
    database.close()
    assert logged["value"].tolist() == [0.0]


def code_named(name):
    """Give the code of a function by its dotted name."""
    parts = name.split(".")
    for at in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:at]))
        except ModuleNotFoundError:
            continue
        for part in parts[at:]:
            found = getattr(found, part)
        while hasattr(found, "__wrapped__"):
            found = found.__wrapped__
        return found.__code__
    raise AssertionError(name)


WALKS = [name for name in SECTIONS if name.endswith(("feature row", "to the report"))]


@pytest.mark.parametrize("walk", WALKS)
def test_the_functions_of_a_walk_are_met_in_its_order(walk, traced):
    hops = re.findall(r"^\d+\. `([\w.]+)`: ", SECTIONS[walk], flags=re.MULTILINE)
    assert len(hops) == len(SECTIONS[walk].strip().splitlines())
    met = [traced[1].get(code_named(name)) for name in hops]
    missed = [name for name, at in zip(hops, met, strict=True) if at is None]
    assert not missed
    assert met == sorted(met), [hops[i] for i in np.argsort(met)]


def test_there_are_both_walks():
    assert len(WALKS) == 2


def test_every_room_stands_on_the_map():
    """The rooms of a floor follow it."""
    floor, shown = "", set()
    for name in re.findall(r"`(\w+)/`", SECTIONS["The house"].partition("| room |")[2]):
        if name in FLOORS:
            floor = name
        else:
            shown.add(f"{floor}/{name}")
    rooms = (one.parent for floor in FLOORS for one in (ROOT / floor).glob("*/__init__.py"))
    assert shown == {one.relative_to(ROOT).as_posix() for one in rooms}


NAMED = re.findall(r"`([\w/.]+\.(?:toml|md)|[\w.]+/[\w/]+(?:\.py)?)`", PAGE)


@pytest.mark.parametrize("name", sorted({*NAMED} - {"README.md"}))
def test_what_it_names_is_there(name):
    assert (ROOT / name).exists()
