"""study.yaml: what a user may write, and every mistake with its place and the nearest right word."""

import pytest

from experiments.study.study import Study
from harmonize.errors import ConfigurationError

IMAGES = """subject,sequence,acquisition,reconstruction,image,mask
S2,T2,REF,STD,a.nii,m.nii
S1,T2,REF,STD,b.nii,m.nii
S1,T2,ACC,DLR,c.nii,m.nii
S1,T1,REF,DLR,d.nii,m.nii
"""
STUDY = """name: Test
images: images.csv
reference: REF+STD
rois:
  labels: {liver: 1, spleen: 2}
extraction:
  setting: {binWidth: 5}
strategies:
  raw:
  zscore:
    steps: [zscore]
thresholds: {icc: 0.85, cv: 0.1}
"""


@pytest.fixture
def read(tmp_path):
    def read(study=STUDY, images=IMAGES, data=None):
        (tmp_path / "images.csv").write_text(images, encoding="utf-8")
        (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
        return Study.from_yaml(tmp_path / "study.yaml", data)

    return read


def test_a_study_as_a_whole(read):
    study = read()
    assert study.name == "Test"
    assert study.subjects == ("S1", "S2")
    assert study.sequences == ("T1", "T2")
    assert study.conditions == ("REF+STD", "ACC+DLR", "REF+DLR")
    assert study.rois == ("liver", "spleen")
    assert study.factors == ("acquisition", "reconstruction")
    assert [strategy.name for strategy in study.strategies] == ["raw", "zscore"]
    assert study.strategies[0].extraction.setting["binWidth"] == 5
    assert study.thresholds.to_mapping() == {"icc": 0.85, "cv": 0.1}
    assert study.duplicates() == []


def test_the_folder_names_a_study_without_a_name(read, tmp_path):
    assert read(STUDY.replace("name: Test\n", "")).name == tmp_path.name


@pytest.mark.parametrize(
    "name",
    [
        '"\\ud800"',
        '"a\\x07b"',
        '"two\\nlines"',
        '""',
        '"  "',
        pytest.param("x" * 501, id="long"),
        "'=cmd()'",
    ],
)
def test_a_name_that_no_file_or_database_holds_is_refused(read, name, golden):
    """Half characters ended a run with a traceback when run.json was written."""
    with golden.error(ConfigurationError):
        read(STUDY.replace("name: Test", f"name: {name}"))


def test_duplicates_come_as_groups(read):
    study = read(images=IMAGES + "S1,T2,ACC,DLR,e.nii,m.nii\n")
    assert [[scan.line for scan in scans] for scans in study.duplicates()] == [[4, 6]]


def test_other_factors(read):
    study = read(STUDY.replace("reference: REF+STD", "reference: STD\nfactors: [reconstruction]"))
    assert study.conditions == ("STD", "DLR")
    assert study.scans[0].covariates == {"acquisition": "REF"}


def test_labels_from_a_table(read, tmp_path):
    (tmp_path / "labels.csv").write_text("name;label\nspleen;2\nliver;1\n", encoding="utf-8")
    study = read(STUDY.replace("{liver: 1, spleen: 2}", "labels.csv"))
    assert study.rois == ("spleen", "liver")
    assert study.scans[0].masks["liver"].label == 1


def test_the_settings_digest_depends_on_settings_not_on_words_or_data(read):
    digest = read().settings_digest()
    assert digest == read(STUDY.replace("Test", "Other")).settings_digest()
    assert digest == read(images=IMAGES.replace("a.nii", "z.nii")).settings_digest()
    for old, new in (
        ("0.85", "0.8"),
        ("binWidth: 5", "binWidth: 6"),
        ("[zscore]", "[n4]"),
        ("reference: REF+STD", "reference: ACC+DLR"),
    ):
        assert digest != read(STUDY.replace(old, new)).settings_digest()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("images: images.csv", "image: images.csv"),
        ("images:", "compared: limit\nimages:"),
        ("images:", "imageType: {LoG: {}}\nimages:"),
        ("strategies:", "strategys:"),
        ("reference: REF+STD\n", ""),
        ("reference: REF+STD\n", "reference: ''\n"),
        ("REF+STD", "REF+STDD"),
        ("REF+STD", "[REF, STD]"),
        ("REF+STD", "{a: b}"),
        ("images.csv", "[images.csv]"),
        ("images.csv", "absent.csv"),
        ("name: Test", "name: 5"),
        ("name: Test", "name: a\nname: b"),
        ("name: Test", "name: &n Test\ndescription: *n"),
        ("name: Test", "factors: acquisition"),
        ("name: Test", "factors: []"),
        ("name: Test", "factors: [acquisition, acquisition]"),
        ("name: Test", "factors: [subject]"),
        ("name: Test", "factors: [aquisition]"),
        ("labels: {liver: 1, spleen: 2}", "lables: {liver: 1}"),
        ("labels: {liver: 1, spleen: 2}", "labels: {}"),
        ("{liver: 1, spleen: 2}", "{liver: 1}\n  files: {a: b}"),
        ("{liver: 1, spleen: 2}", "{liver: 0}"),
        ("{liver: 1, spleen: 2}", "{liver: one}"),
        ("{liver: 1, spleen: 2}", "{liver: 1, spleen: 1}"),
        ("{liver: 1, spleen: 2}", "{5: 1}"),
        ("{liver: 1, spleen: 2}", "{foreground: 1}"),
        ("{liver: 1, spleen: 2}", "{' ': 1}"),
        ("labels: {liver: 1, spleen: 2}", "files: {liver: subject}"),
        (
            "labels: {liver: 1, spleen: 2}",
            "files: {liver: mask_liver}",
        ),
        ("binWidth", "binwidth"),
        ("setting: {binWidth: 5}", "parameter_file: no.yaml"),
        ("[zscore]", "[zscor]"),
        ("[zscore]", "[{zscore: {region: livre}}]"),
        ("[zscore]", "[{clip: {region: spleeen}}]"),
        ("[zscore]", "[{n4: {region: forground}}]"),
        ("  raw:\n", "  ZScore:\n"),
        ("  raw:\n", "  no:\n"),
        ("cv: 0.1", "icx: 0.1"),
        ("icc: 0.85", "icc: 1.5"),
        ("icc: 0.85", "icc: high"),
    ],
)
def test_mistakes_say_where_and_what_to_do(read, old, new, golden):
    assert old in STUDY
    with golden.error(ConfigurationError):
        read(STUDY.replace(old, new, 1))


@pytest.mark.parametrize("key", ["images", "reference", "rois", "strategies"])
def test_keys_that_are_there_but_empty(read, key, golden):
    lines = STUDY.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith(" "))
    with golden.error(ConfigurationError):
        read("\n".join([*lines[:start], f"{key}:", *lines[end:]]))


@pytest.mark.parametrize(
    "table",
    [
        "name,value\nliver,1\n",
        "name,label\nliver,one\n",
        "name,label\nliver,1\nliver,2\n",
        "",
    ],
)
def test_label_tables_that_are_wrong(read, tmp_path, table, golden):
    (tmp_path / "labels.csv").write_text(table, encoding="utf-8")
    with golden.error(ConfigurationError):
        read(STUDY.replace("{liver: 1, spleen: 2}", "labels.csv"))


def test_a_data_folder_that_does_not_exist(read, tmp_path, golden):
    with golden.error(ConfigurationError):
        read(data=tmp_path / "nowhere")


def test_excel_tables_with_semicolons_and_byte_order_mark(read):
    assert read(images="\ufeff" + IMAGES.replace(",", ";").replace("\n", "\r\n")) == read()


def test_it_prints_what_is_compared_and_how(read):
    """In a notebook it printed every scan with all paths."""
    study = read()
    lines = repr(study).splitlines()
    assert lines[0].startswith(f"{study.name}: {len(study.subjects)} subject")
    assert len(lines) == 2 + len(study.strategies)
    assert str(study.scans[0].image) not in repr(study) + study._repr_html_()


def test_a_mistake_names_the_path_that_was_typed(tmp_path, monkeypatch, golden):
    """It named the file alone, which is `study.yaml` in every study."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "study.yaml").write_text("images: images.csv\nrois: {}\nrefrence: REF\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with golden.error(ConfigurationError):
        Study.from_yaml("mine/study.yaml", compared=False)


def test_a_table_in_the_place_of_the_study_file_is_named_as_one(tmp_path, golden):
    """`check images.csv` said "expected a mapping of names to values, found str"; `extract` takes such a table."""
    (tmp_path / "images.csv").write_text("subject,sequence,image\n", encoding="utf-8")
    with golden.error(ConfigurationError):
        Study.from_yaml(tmp_path / "images.csv")
