"""`rois: circles` and its table: which circle is placed in which scan, and every mistake with its line."""

import pytest

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
    ("old", "new"),
    [
        ("diameter: 15", "diametre: 15"),
        ("diameter: 15", "diameter: 0"),
        ("diameter: 15", "unit: pixel"),
        ("diameter: 15", "diameter: 15, unit: cm"),
        ("diameter: 15", "diameter: 15, boundary: bound"),
        ("centres.csv", "other.csv"),
        ("  circles", "  files: {liver: organ}\n  circles"),
    ],
)
def test_mistakes_in_the_study_file(read, old, new, golden):
    with golden.error(ConfigurationError):
        read(STUDY.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("acquisition,roi", "aquisition,roi"),
        ("roi,x", "roi,u"),
        ("muscle,10", "muscle,ten"),
        ("muscle,10", "muscle,nan"),
        ("32,41,3,11", "32,41,3,-1"),
        ("S2,,,liver", "S3,,,liver"),
        ("S2,,,liver", "S2,T1,,liver"),
        ("S1,T2,ACC,liver", "S1,T2,,liver"),
        ("S2,,,liver", "S2,,,"),
        ("muscle", "foreground"),
    ],
)
def test_mistakes_in_the_table(read, old, new, golden):
    with golden.error(ConfigurationError):
        read(centres=CENTRES.replace(old, new))


def test_a_scan_without_the_boundary_is_refused(read, golden):
    study = STUDY.replace("diameter: 15", "diameter: 15, boundary: organ")
    with golden.error(ConfigurationError):
        read(study, images=IMAGES.replace("o2.nii", ""))
