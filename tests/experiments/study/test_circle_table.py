"""`rois: circles` and its table: which circle is placed in which scan, and every mistake with its line."""

import pytest

from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.image.circles import Circle

IMAGES = """subject,sequence,acquisition,reconstruction,image,organ
S1,T2,REF,STD,a.nii,o1.nii
S1,T2,ACC,DLR,b.nii,o2.nii
S1,T1,REF,STD,c.nii,o3.nii
S2,T2,REF,STD,d.nii,o4.nii
"""
STUDY = """images: images.csv
reference: REF+STD
rois:
  circles: {table: centres.csv, diameter: 15}
strategies: {raw: }
"""
CENTRES = """subject,sequence,acquisition,roi,x,y,z,diameter
S1,,,muscle,10,20,3,
S1,T2,REF,liver,30,40.5,3,
S1,T2,ACC,liver,32,41,3,11
S2,,,liver,1,2,0,
"""


@pytest.fixture
def read(tmp_path):
    def read(study=STUDY, centres=CENTRES, images=IMAGES):
        for name, text in {"study.yaml": study, "centres.csv": centres, "images.csv": images}.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return Study.from_yaml(tmp_path / "study.yaml")

    return read


def test_rows_hold_for_the_scans_that_they_name(read):
    study = read()
    assert study.rois == ("muscle", "liver")
    first, other, t1, second = study.scans
    assert first.masks["liver"].circle == Circle((30.0, 40.5, 3.0), 15.0)
    assert other.masks["liver"].circle == Circle((32.0, 41.0, 3.0), 11.0)
    assert other.masks["muscle"].circle == first.masks["muscle"].circle
    assert list(t1.masks) == ["muscle"]
    assert list(second.masks) == ["liver"]
    assert first.masks["liver"].boundary is None


def test_settings_hold_for_all_rows(read, tmp_path):
    settings = "{table: centres.csv, diameter: 8, unit: mm, shape: sphere, boundary: organ, slice_axis: y}"
    source = read(STUDY.replace("{table: centres.csv, diameter: 15}", settings)).scans[0].masks["muscle"]
    assert source.circle == Circle((10.0, 20.0, 3.0), 8.0, "mm", "sphere", "y")
    assert source.boundary == tmp_path / "o1.nii"


def test_circles_stand_beside_other_rois(read):
    study = read(STUDY.replace("  circles", "  files: {kidney: organ}\n  circles"))
    assert study.rois == ("kidney", "muscle", "liver")
    assert list(study.scans[0].masks) == ["kidney", "muscle", "liver"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("diameter: 15", "diametre: 15", r"rois: circles: unknown key 'diametre'; did you mean 'diameter'\?"),
        ("diameter: 15", "diameter: 0", "rois: circles: diameter is 0, expected a number above 0"),
        ("diameter: 15", "unit: pixel", "centres.csv, line 2: there is no diameter; give it here or in"),
        ("diameter: 15", "diameter: 15, unit: cm", "circles: unit: unknown value 'cm'; known are: mm, pixel"),
        ("diameter: 15", "diameter: 15, boundary: bound", "images.csv: column 'bound' is missing"),
        ("centres.csv", "other.csv", "other.csv: there is no such file"),
        ("  circles", "  files: {liver: organ}\n  circles", "'liver' is both a circle and a ROI of its own"),
    ],
)
def test_mistakes_in_the_study_file(read, old, new, message):
    with pytest.raises(ConfigurationError, match=message):
        read(STUDY.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("acquisition,roi", "aquisition,roi", r"unknown key 'aquisition'; did you mean 'acquisition'\?"),
        ("roi,x", "roi,u", "column 'x' is missing"),
        ("muscle,10", "muscle,ten", "line 2: x: expected a number, found 'ten'"),
        ("muscle,10", "muscle,nan", "line 2: x: expected a number, found 'nan'"),
        ("32,41,3,11", "32,41,3,-1", "line 4: diameter is -1, expected a number above 0"),
        ("S2,,,liver", "S3,,,liver", "line 5: no scan of images.csv has subject S3"),
        ("S2,,,liver", "S2,T1,,liver", "line 5: no scan of images.csv has subject S2, sequence T1"),
        ("S1,T2,ACC,liver", "S1,T2,,liver", "lines 3 and 4: both place 'liver' in the same scan"),
        ("S2,,,liver", "S2,,,", "line 5: 'roi' is empty"),
        ("muscle", "foreground", "'foreground' cannot name a ROI: it is a region of the steps already"),
    ],
)
def test_mistakes_in_the_table(read, old, new, message):
    with pytest.raises(ConfigurationError, match=message):
        read(centres=CENTRES.replace(old, new))


def test_a_scan_without_the_boundary_is_refused(read):
    study = STUDY.replace("diameter: 15", "diameter: 15, boundary: organ")
    with pytest.raises(ConfigurationError, match=r"images\.csv, line 3: 'organ' is empty, the boundary of the circles"):
        read(study, images=IMAGES.replace("o2.nii", ""))
