"""What the pages promise: links lead somewhere, and every key, step and statistic is told about."""

import dataclasses
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

import evaluation
import experiments
import harmonize
import radharmony
import selection
from evaluation.reliability.statistics import STATISTICS, further
from evaluation.reliability.terms import described
from experiments.analyses.reliability.command import reliability
from experiments.study.study import Study
from experiments.study.study_file import StudyFile
from harmonize.registration import Registration
from harmonize.steps import STEPS
from selection.thresholds import Thresholds

DOCS = Path(__file__).resolve().parents[1] / "docs"
HOW_TO = sorted((DOCS / "how_to").glob("*.md"))


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", HOW_TO, ids=lambda path: path.stem)
def test_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if not link.startswith("http"):
            assert (path.parent / link).exists(), link


def test_every_how_to_page_is_listed():
    listed = re.search(r"```\{toctree\}(.*?)```", page("how_to/index.md"), flags=re.DOTALL).group(1).split()
    assert {path.stem for path in HOW_TO} - {"index"} <= set(listed)


FLOORS = {floor.__name__: floor for floor in (harmonize, evaluation, selection, experiments)}


def listed(name):
    """Give what the tables of a page list."""
    tables = re.findall(r"\.\. autosummary::\n(?:   :.*\n)*\n((?:   .+\n)+)", page(name))
    return [line.strip() for table in tables for line in table.splitlines()]


def test_every_public_name_stands_on_one_page():
    assert sorted(listed("api/index.md")) == radharmony.__all__


def test_every_further_name_of_a_floor_stands_on_the_page_of_the_floors():
    further = [f"{name}.{one}" for name, floor in FLOORS.items() for one in floor.__all__]
    assert sorted(listed("api/floors.md")) == sorted(
        name for name in further if name.partition(".")[2] not in radharmony.__all__
    )


def pages():
    """Give all pages that are written by hand."""
    found = [path for end in ("md", "ipynb") for path in sorted(DOCS.rglob(f"*.{end}"))]
    return [
        DOCS.parent / "README.md",
        *(path for path in found if not {"generated", "jupyter_execute"} & {*path.parts}),
    ]


@pytest.mark.parametrize("path", [one for one in pages() if one.stem != "new_analysis"], ids=lambda path: path.stem)
def test_examples_import_the_one_name(path):
    blocks = re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    code = "\n".join(blocks) if path.suffix == ".md" else path.read_text(encoding="utf-8")
    assert not re.search(rf"^[ \"]*(?:from|import) (?:{'|'.join(FLOORS)})\b", code, flags=re.MULTILINE)
    for name in re.findall(r"\brh\.(\w+)", code):
        assert name in radharmony.__all__, name


@pytest.mark.parametrize("name", radharmony.__all__)
def test_the_example_of_a_public_name_imports_public_names(name):
    one = getattr(radharmony, name)
    texts = [one.__doc__, *(getattr(member, "__doc__", None) for member in vars(one).values())]
    shown = [line for text in texts if text for line in re.findall(r">>> from (?:[\w.]+) import .*", str(text))]
    for line in shown:
        module, names = re.fullmatch(r">>> from ([\w.]+) import (.*)", line).groups()
        public = set(names.split(", ")) & set(radharmony.__all__)
        assert module.partition(".")[0] not in FLOORS or not public, line


@pytest.fixture
def example():
    return re.search(r"With every key.*?```yaml\n(.*?)```", page("study_file.md"), flags=re.DOTALL).group(1)


def test_the_study_with_every_key_is_a_study(example, tmp_path):
    (tmp_path / "study.yaml").write_text(example)
    (tmp_path / "Params.yaml").write_text("setting: {binWidth: 7}\n")
    (tmp_path / "centres.csv").write_text("subject,roi,x,y,z\nS01,site,60,60,1\n")
    header = "subject,sequence,acquisition,reconstruction,segmentation,image,mask"
    rows = ("S01,T2,REF,STD,anna,a.nii,m.nii", "S01,T2,ACC,DLR,anna,b.nii,m.nii")
    (tmp_path / "images.csv").write_text("\n".join((header, *rows)))
    study = Study.from_yaml(tmp_path / "study.yaml")
    assert study.rois == ("liver", "spleen", "site")


def test_it_has_every_key(example):
    values = yaml.safe_load(example)
    keys = dataclasses.fields(StudyFile)
    assert set(values) == {key.name for key in keys}
    rows = (f"| `{key.name}` | {key.metadata['meaning']} | {key.metadata['without']} |" for key in keys)
    assert "\n".join(("| key | meaning | default |", "|---|---|---|", *rows, "")) in page("study_file.md")
    assert set(values["registration"]) == {field.name for field in dataclasses.fields(Registration)} | {"from"}
    assert {field.name for field in dataclasses.fields(Thresholds)} - {"limits"} <= set(values["thresholds"])


@pytest.mark.parametrize("name", STEPS)
def test_a_step_has_its_parameters_and_its_formula(name):
    steps, formulas = page("steps.md").split("## Formulas and sources")
    assert f"| `{name}`" in formulas
    for field in dataclasses.fields(STEPS[name]):
        assert re.search(rf"`[^`]*\b{field.name}\b", steps), field.name


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_statistic_is_defined(statistic):
    assert f"`{statistic}`" in page("definitions.md")


def test_the_table_of_statistics_is_the_one_that_is_used():
    assert described() in page("reliability.md")


def test_the_command_names_the_further_statistics():
    assert ", ".join(further()) in " ".join(CliRunner().invoke(reliability, ["--help"]).output.split())


ROWS = [
    line
    for line in page("bad_input.md").splitlines()
    if line.startswith("|") and not line.startswith(("| case |", "|---"))
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"\W+", "-", row)[1:50])
def test_every_row_of_bad_input_names_its_test(row):
    """The page said that every row is a test, and several were not."""
    named = re.search(r"<!-- (tests/[\w/]+\.py)::(test_\w+) --> \|$", row)
    assert named, "a row ends in its test: <!-- tests/path/test_x.py::test_name --> |"
    assert re.search(rf"^(    )?def {named[2]}\(", (DOCS.parent / named[1]).read_text(encoding="utf-8"), re.MULTILINE)
