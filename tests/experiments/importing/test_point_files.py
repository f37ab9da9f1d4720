"""Points of other programs: what each file says of its coordinates, and every way in which it can be wrong."""

import json

import numpy as np
import pytest

from experiments.importing.point_files import Counting, read_points
from harmonize.errors import ConfigurationError
from harmonize.formats import write_image
from harmonize.image.volume import Grid

NONE = Counting()
FCSV = """# Markups fiducial file version = 4.11
# CoordinateSystem = {system}
# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID
1,10,20,30,0,0,0,1,1,1,0,liver,,
"""
MPS = """<?xml version="1.0" encoding="UTF-8"?>
<point_set_file><file_version>0.1</file_version><point_set><time_series><time_series_id>0</time_series_id>
<Geometry3D ImageGeometry="false" FrameOfReferenceID="0"><IndexToWorld type="AffineTransform3D">
<Matrix3x3 type="DirectionCosines" m_0_0="1" m_0_1="0" m_0_2="0" m_1_0="0" m_1_1="1" m_1_2="0" m_2_0="0" m_2_1="0"
 m_2_2="1"/><Offset type="Vector3D" x="0" y="0" z="{z}"/></IndexToWorld>
<Bounds><Min type="Vector3D" x="0" y="0" z="0"/><Max type="Vector3D" x="1" y="1" z="1"/></Bounds></Geometry3D>
<point><id>0</id><specification>0</specification><x>1.5</x><y>-2</y><z>3</z></point>
</time_series></point_set></point_set_file>
"""
ANNOT = """<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE registry [
<!ELEMENT registry (entry*,folder*)>
<!ATTLIST entry key CDATA #REQUIRED>
]>
<registry><entry key="Format" value="ITK-SNAP Annotation File" />
<folder key="Annotations" ><entry key="ArraySize" value="1" /><folder key="Element[0]" >
<entry key="Pos" value="10.5 20.5 3.5" /><entry key="Text" value="spleen" />
<entry key="Type" value="LandmarkAnnotation" />
</folder></folder></registry>
"""


def markups(**changes):
    point = {"label": "liver", "position": [10.0, 20.0, 30.0], "positionStatus": "defined"}
    node = {"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": [point], **changes}
    return json.dumps({"markups": [node]})


def read(tmp_path, name, text, counting=NONE):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return [(one.name, one.place, one.unit) for one in read_points(tmp_path / name, counting)]


@pytest.mark.parametrize(("system", "place"), [("LPS", (10.0, 20.0, 30.0)), ("RAS", (-10.0, -20.0, 30.0))])
def test_slicer_says_whether_it_is_lps_or_ras(tmp_path, system, place):
    assert read(tmp_path, "a.mrk.json", markups(coordinateSystem=system)) == [("liver", place, "mm")]
    assert read(tmp_path, "a.fcsv", FCSV.format(system=system)) == [("liver", place, "mm")]


def test_old_slicer_files_number_their_coordinates(tmp_path, golden):
    assert read(tmp_path, "a.fcsv", FCSV.format(system=0))[0][1] == (-10.0, -20.0, 30.0)
    with golden.error(ConfigurationError):
        read(tmp_path, "a.fcsv", FCSV.format(system=2))


def test_points_that_are_not_placed_do_not_count(tmp_path, golden):
    point = {"label": "b", "position": [0, 0, 0], "positionStatus": "undefined"}
    with golden.error(ConfigurationError):
        read(tmp_path, "a.mrk.json", markups(controlPoints=[point]))


def test_mitk_counts_mm_and_has_no_names(tmp_path, golden):
    assert read(tmp_path, "a.mps", MPS.format(z=0)) == [("", (1.5, -2.0, 3.0), "mm")]
    with golden.error(ConfigurationError):
        read(tmp_path, "a.mps", MPS.format(z=5))


def test_itk_snap_counts_voxels_from_their_edge(tmp_path):
    assert read(tmp_path, "a.annot", ANNOT) == [("spleen", (10.0, 20.0, 3.0), "voxels")]


def test_a_label_map_of_points_gives_the_middle_of_each_label_in_mm(tmp_path):
    array = np.zeros((6, 12, 12), np.uint8)
    array[2, 3:6, 4:7] = 1
    array[4, 8, 9] = 7
    write_image(array, Grid((12, 12, 6), (2.0, 2.0, 5.0), (-10.0, 5.0, 0.0)), tmp_path / "p.nii.gz")
    found = read_points(tmp_path / "p.nii.gz", NONE)
    assert [one.name for one in found] == ["label_1", "label_7"]
    np.testing.assert_allclose([one.place for one in found], [(0.0, 13.0, 10.0), (8.0, 21.0, 20.0)], atol=1e-5)


def test_tables_have_to_be_told_how_they_count(tmp_path, golden):
    table = "subject,roi,x,y,z\nS1,liver,11,21,4\n"
    assert read(tmp_path, "t.csv", table, Counting("voxels", 1)) == [("liver", (10.0, 20.0, 3.0), "voxels")]
    assert read(tmp_path, "t.csv", table, Counting("voxels", 0)) == [("liver", (11.0, 21.0, 4.0), "voxels")]
    assert read(tmp_path, "t.csv", table, Counting("mm", 1)) == [("liver", (11.0, 21.0, 4.0), "mm")]
    with golden.error(ConfigurationError):
        read(tmp_path, "t.csv", table)
    with golden.error(ConfigurationError):
        read(tmp_path, "t.csv", table, Counting("voxels"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.mrk.json", "{"),
        ("a.mrk.json", "[]"),
        ("a.fcsv", "1,2,3\n"),
        ("a.mps", "<point_set>"),
        ("a.mps", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        ("a.annot", ANNOT.replace("10.5 20.5 3.5", "here")),
    ],
)
def test_files_that_are_not_what_they_are_called(tmp_path, name, text, golden):
    with golden.error(ConfigurationError, varies=r"(?<=as points \()(Exp|no |could).*(?=\);)"):
        read(tmp_path, name, text)


def test_places_have_to_be_finite(tmp_path, golden):
    with golden.error(ConfigurationError):
        read(tmp_path, "a.mps", MPS.format(z=0).replace("1.5", "inf"))
