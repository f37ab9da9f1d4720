"""The JSON schema of study files: it takes every example, and refuses what reading refuses for its form."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from experiments.simulate import Simulation, write_study
from experiments.study.schema import study_schema
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import limits_of
from harmonize.inputs.yaml_file import read_yaml
from harmonize.steps import STEPS
from selection.thresholds import Thresholds

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((*ROOT.glob("experiments/presets/*/study.yaml"), *ROOT.glob("docs/studies/*/study.yaml")))
IMAGES = (
    "subject,sequence,acquisition,reconstruction,image,mask\nS1,T2,REF,STD,a.nii,m.nii\nS1,T2,ACC,DLR,c.nii,m.nii\n"
)
STUDY = """name: Test
images: images.csv
reference: REF+STD
rois:
  labels: {liver: 1, spleen: 2}
registration: {from: reference, margin: 1e1}
extraction:
  setting: {binWidth: 5}
strategies:
  raw:
  zscore:
    description: scaled
    steps: [zscore, clip: {region: liver}]
    extraction: {featureClass: {glcm: null}}
    harmonizer: {combat: {reference: REF+STD}, batch: condition, by: [roi]}
thresholds: {icc: 0.85, cv: 0.1, scope: roi}
"""


@pytest.fixture(scope="module")
def schema():
    jsonschema.Draft7Validator.check_schema(study_schema())
    return jsonschema.Draft7Validator(study_schema())


def test_the_file_in_the_documentation_is_the_schema():
    """Written anew by: python -c "from experiments.study.schema import text; print(text(), end='')"."""
    assert json.loads((ROOT / "docs" / "study.schema.json").read_text(encoding="utf-8")) == study_schema()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_example_is_taken(schema, path):
    schema.validate(read_yaml(path))


def test_the_study_with_every_key_is_taken(schema, tmp_path):
    page = (ROOT / "docs" / "study_file.md").read_text(encoding="utf-8")
    example = re.search(r"With every key.*?```yaml\n(.*?)```", page, flags=re.DOTALL).group(1)
    (tmp_path / "study.yaml").write_text(example, encoding="utf-8")
    schema.validate(read_yaml(tmp_path / "study.yaml"))


def test_a_simulated_study_is_taken(schema, tmp_path):
    simulation = Simulation(subjects=2, sequences=("HASTE",), rois=2, matrix=96, slices=1, seed=3)
    schema.validate(read_yaml(write_study(tmp_path, simulation)))


def read(folder, text):
    (folder / "images.csv").write_text(IMAGES, encoding="utf-8")
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return read_yaml(folder / "study.yaml")


@pytest.mark.parametrize("rule", ["icc[acquisition] > .75 and icc > .9", '{"icc[acquisition]": 0.75}', "{g: 0.5}"])
def test_a_rule_of_facets_is_taken(schema, tmp_path, rule):
    text = re.sub("thresholds: .*", f"thresholds: {rule}\nfacets: [acquisition, reconstruction]", STUDY)
    schema.validate(read(tmp_path, text))
    Study.from_yaml(tmp_path / "study.yaml")


def test_one_of_a_threshold_beyond_reach_or_of_places_alone_is_refused(schema, tmp_path):
    for rule in ('{"icc[acquisition]": 1.5}', "{scope: roi}"):
        with pytest.raises(jsonschema.ValidationError):
            schema.validate(read(tmp_path, re.sub("thresholds: .*", f"thresholds: {rule}", STUDY)))


def test_what_reading_takes_is_taken(schema, tmp_path):
    schema.validate(read(tmp_path, STUDY))
    assert Study.from_yaml(tmp_path / "study.yaml").registration.margin == 10


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("images: images.csv", "image: images.csv"),
        ("images: images.csv\n", ""),
        ("images.csv", "[images.csv]"),
        ("name: Test", "name: 5"),
        ("name: Test", "name: yes"),
        ("name: Test", "pictures: many"),
        ("name: Test", "factors: acquisition"),
        ("reference: REF+STD\n", ""),
        ("reference: REF+STD", "reference: [REF, STD]"),
        ("labels: {liver: 1, spleen: 2}", "lables: {liver: 1}"),
        ("{liver: 1, spleen: 2}", "{liver: 0}"),
        ("{liver: 1, spleen: 2}", "{liver: one}"),
        ("{liver: 1, spleen: 2}", "{liver: '1'}"),
        ("from: reference", "from: other"),
        ("margin: 1e1", "margin: wide"),
        ("margin: 1e1", "metrik: correlation"),
        ("margin: 1e1", "dimension: 4"),
        ("margin: 1e1", "dimension: '3'"),
        ("binWidth", "binwidth"),
        ("extraction:\n  setting", "extraction:\n  settings"),
        ("zscore, clip", "zscor, clip"),
        ("region: liver", "regon: liver"),
        ("clip: {region: liver}", "clip: {region: 5}"),
        ("zscore, clip", "{zscore: {}, n4: {}}, clip"),
        ("description: scaled", "desription: scaled"),
        ("description: scaled", "description: 5"),
        ("combat:", "comba:"),
        ("combat: {reference: REF+STD}, batch", "batch"),
        ("combat: {reference: REF+STD}", "combat: {referense: REF+STD}"),
        ("combat: {reference: REF+STD}", "combat: {}, covbat: {}"),
        ("combat: {reference: REF+STD}", "neurocombat: {}"),
        ("by: [roi]", "by: [rois]"),
        ("by: [roi]", "by: [roi], permutations: -1"),
        ("cv: 0.1", "icx: 0.1"),
        ("icc: 0.85", "icc: high"),
        ("scope: roi", "scope: rois"),
        ("scope: roi", "top: 2.5"),
        ("scope: roi", "top: 0"),
        ("scope: roi", "at_least: 0"),
        ("icc: 0.85", "icc: 1"),
        ("cv: 0.1", "cv: 0"),
        ("cv: 0.1", "bias: 0.9"),
        ("name: Test", "name: ' '"),
        ("name: Test", "pictures: -1"),
        ("name: Test", "factors: []"),
        ("name: Test", "factors: ['']"),
        ("name: Test", "factors: [acquisition, acquisition]"),
        ("name: Test", "factors: [acquisition, roi]"),
        ("images.csv", "''"),
        ("{liver: 1, spleen: 2}", "{liver: 4294967296}"),
        ("margin: 1e1", "margin: 0"),
        ("  raw:\n", "  a/b:\n"),
        ("  raw:\n", "  '=raw':\n"),
        ("  raw:\n", "  'raw ':\n"),
        ("thresholds: {icc: 0.85, cv: 0.1, scope: roi}", "thresholds: {}"),
        ("thresholds: {icc: 0.85, cv: 0.1, scope: roi}", "thresholds: {scope: roi}"),
        ("zscore, clip", "{n4: {shrink: 0}}, clip"),
        ("zscore, clip", "{mode: {width: 0.6}}, clip"),
        ("zscore, clip", "{median: {radius: 0}}, clip"),
        ("zscore, clip", "{zscore: {scale: -1}}, clip"),
        ("by: [roi]", "by: [roi], permutations: 10001"),
    ],
)
def test_what_is_of_the_wrong_form_is_refused_by_both(schema, tmp_path, old, new):
    assert old in STUDY
    values = read(tmp_path, STUDY.replace(old, new, 1))
    assert list(schema.iter_errors(values))
    with pytest.raises(ConfigurationError):
        Study.from_yaml(tmp_path / "study.yaml")


@pytest.mark.parametrize("name", ["a", "ä b", "zscore+n4", "a.b", "x-1", "N4 (4 levels)"])
def test_names_that_name_files_are_taken_by_both(schema, tmp_path, name):
    values = read(tmp_path, STUDY.replace("  raw:\n", f"  {name}:\n"))
    schema.validate(values)
    assert Study.from_yaml(tmp_path / "study.yaml").strategies[0].name == name


@pytest.mark.parametrize("step", STEPS)
def test_the_limits_of_a_step_are_those_of_the_schema(schema, step):
    for name, limits in limits_of(STEPS[step]).items():
        for value in {limits.least, limits.above, limits.most} - {None}:
            values = {"reference": "a", "images": "i", "rois": {"labels": {"a": 1}}}
            values["strategies"] = {"one": {"steps": [{step: {name: value}}]}}
            assert schema.is_valid(values) == limits.holds(value)


def test_a_rule_in_one_text_is_taken_by_schema_and_reader(schema):
    text = "icc > 0.85 and cv < 0.1"
    study = yaml.safe_load(STUDY.replace("thresholds: {icc: 0.85, cv: 0.1, scope: roi}", f"thresholds: {text}"))
    assert study["thresholds"] == text
    assert schema.is_valid(study)
    assert Thresholds.from_mapping(study["thresholds"], "thresholds").limits == {"icc": 0.85, "cv": 0.1}
    assert not schema.is_valid({**study, "thresholds": "robust"})
