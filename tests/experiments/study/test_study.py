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
    ("name", "message"),
    [
        ('"\\ud800"', "is not valid YAML"),
        ('"a\\x07b"', "holds signs that cannot be seen"),
        ('"two\\nlines"', "holds signs that cannot be seen"),
        ('""', "is empty; give the study a name"),
        ('"  "', "is empty; give the study a name"),
        ("x" * 501, "has 501 signs, expected at most 500"),
        ("'=cmd()'", "is a formula"),
    ],
)
def test_a_name_that_no_file_or_database_holds_is_refused(read, name, message):
    """Half characters ended a run with a traceback when run.json was written."""
    with pytest.raises(ConfigurationError, match=message):
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
    ("old", "new", "expected"),
    [
        ("images: images.csv", "image: images.csv", "study.yaml: unknown key 'image'; did you mean 'images'?"),
        ("images:", "compared: limit\nimages:", "study.yaml: 'compared' belongs inside `thresholds`; indent it"),
        ("images:", "imageType: {LoG: {}}\nimages:", "study.yaml: 'imageType' belongs inside `extraction`; indent it"),
        ("strategies:", "strategys:", "unknown key 'strategys'; did you mean 'strategies'?"),
        ("reference: REF+STD\n", "", "'reference' is missing"),
        ("reference: REF+STD\n", "reference: ''\n", "reference: is empty; name one of the conditions .*, REF.STD"),
        ("REF+STD", "REF+STDD", r"no scan has the condition 'REF\+STDD'; did you mean 'REF\+STD'\?"),
        ("REF+STD", "[REF, STD]", r"no scan has the condition '\['REF', 'STD'\]'"),
        ("REF+STD", "{a: b}", "no scan has the condition"),
        ("images.csv", "[images.csv]", "images: expected a text"),
        ("images.csv", "absent.csv", "absent.csv: there is no such file"),
        ("name: Test", "name: 5", "name: expected a text"),
        ("name: Test", "name: a\nname: b", "line 2: 'name' stands twice"),
        ("name: Test", "name: &n Test\ndescription: *n", "references"),
        ("name: Test", "factors: acquisition", "factors: expected a list, found 'acquisition'"),
        ("name: Test", "factors: []", "factors: expected a list of columns"),
        ("name: Test", "factors: [acquisition, acquisition]", "each factor needs a column of its own"),
        ("name: Test", "factors: [subject]", "each factor needs a column of its own"),
        ("name: Test", "factors: [aquisition]", "column 'aquisition' is missing; did you mean 'acquisition'?"),
        ("labels: {liver: 1, spleen: 2}", "lables: {liver: 1}", "unknown key 'lables'; did you mean 'labels'?"),
        ("labels: {liver: 1, spleen: 2}", "labels: {}", "'rois' is missing|give either `labels`"),
        ("{liver: 1, spleen: 2}", "{liver: 1}\n  files: {a: b}", "give either `labels`"),
        ("{liver: 1, spleen: 2}", "{liver: 0}", "labels: liver is 0, expected 1 or more"),
        ("{liver: 1, spleen: 2}", "{liver: one}", "labels: liver: expected a whole number, found 'one'"),
        ("{liver: 1, spleen: 2}", "{liver: 1, spleen: 1}", "two ROIs share one label"),
        ("{liver: 1, spleen: 2}", "{5: 1}", "rois: labels: expected a text.*found 5"),
        ("{liver: 1, spleen: 2}", "{foreground: 1}", "'foreground' cannot name a ROI"),
        ("{liver: 1, spleen: 2}", "{' ': 1}", "cannot name a ROI: it is empty"),
        ("labels: {liver: 1, spleen: 2}", "files: {liver: subject}", "column 'subject' has a meaning of its own"),
        (
            "labels: {liver: 1, spleen: 2}",
            "files: {liver: mask_liver}",
            "column 'mask_liver' is missing; known are: acq",
        ),
        ("binWidth", "binwidth", "extraction: setting: unknown key 'binwidth'; did you mean 'binWidth'?"),
        ("setting: {binWidth: 5}", "parameter_file: no.yaml", "extraction: parameter_file.*no.yaml"),
        ("[zscore]", "[zscor]", "strategies: zscore: steps.*unknown step 'zscor'; did you mean 'zscore'?"),
        ("[zscore]", "[{zscore: {region: livre}}]", "zscore: unknown region 'livre'; did you mean 'liver'?"),
        ("[zscore]", "[{clip: {region: spleeen}}]", "clip: unknown region 'spleeen'; did you mean 'spleen'?"),
        ("[zscore]", "[{n4: {region: forground}}]", "n4: unknown region 'forground'; did you mean 'foreground'?"),
        ("  raw:\n", "  ZScore:\n", "two names differ only in case"),
        ("  raw:\n", "  no:\n", "a strategy's name also names files"),
        ("cv: 0.1", "icx: 0.1", "unknown key 'icx'; did you mean 'icc'?"),
        ("icc: 0.85", "icc: 1.5", "no estimate is above 1.5"),
        ("icc: 0.85", "icc: high", "icc: expected a number"),
    ],
)
def test_mistakes_say_where_and_what_to_do(read, old, new, expected):
    assert old in STUDY
    with pytest.raises(ConfigurationError, match=expected):
        read(STUDY.replace(old, new, 1))


@pytest.mark.parametrize("key", ["images", "reference", "rois", "strategies"])
def test_keys_that_are_there_but_empty(read, key):
    lines = STUDY.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith(" "))
    expected = "reference: is empty" if key == "reference" else f"'{key}' is missing"
    with pytest.raises(ConfigurationError, match=f"study.yaml: {expected}"):
        read("\n".join([*lines[:start], f"{key}:", *lines[end:]]))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("name,value\nliver,1\n", "expected the columns 'label' and 'name'"),
        ("name,label\nliver,one\n", "line 2: expected a whole number"),
        ("name,label\nliver,1\nliver,2\n", "line 3: expected a whole number and a name of its own"),
        ("", "holds no row"),
    ],
)
def test_label_tables_that_are_wrong(read, tmp_path, table, expected):
    (tmp_path / "labels.csv").write_text(table, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=expected):
        read(STUDY.replace("{liver: 1, spleen: 2}", "labels.csv"))


def test_a_data_folder_that_does_not_exist(read, tmp_path):
    with pytest.raises(ConfigurationError, match="check `data`"):
        read(data=tmp_path / "nowhere")


def test_excel_tables_with_semicolons_and_byte_order_mark(read):
    assert read(images="\ufeff" + IMAGES.replace(",", ";").replace("\n", "\r\n")) == read()
