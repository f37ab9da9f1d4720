"""NRRD and MetaImage headers whose numbers ITK reads as others; what it made of each is said."""

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.remarks import remarks

VOXELS = np.arange(24, dtype=np.int16).tobytes()
PLACED = "space: left-posterior-superior\nspace origin: {}\nspace directions: {}\n"
RIGHT = "(1.5,0,0) (0,1.5,0) (0,0,4)"


def nrrd(tmp_path, lines, sizes="4 3 2", encoding="raw", content=VOXELS):
    head = f"NRRD0004\ntype: short\ndimension: {len(sizes.split())}\nsizes: {sizes}\nendian: little\n"
    path = tmp_path / "scan.nrrd"
    path.write_bytes(f"{head}encoding: {encoding}\n{lines}\n\n".replace("\n\n\n", "\n\n").encode() + content)
    return path


def meta(tmp_path, lines, size="4 3 2", binary="True", content=VOXELS):
    head = f"ObjectType = Image\nNDims = 3\nBinaryData = {binary}\nDimSize = {size}\n{lines}"
    path = tmp_path / "scan.mha"
    path.write_bytes(f"{head}ElementType = MET_SHORT\nElementDataFile = LOCAL\n".encode() + content)
    return path


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("spacings: nan 1.5 4", "'spacings' is 'nan 1.5 4', expected 3 finite numbers"),  # was 1 mm
        ("spacings: -1.5 1.5 4", "'spacings' gives voxels of -1.5 x 1.5 x 4 mm, expected edges between"),  # was a flip
        ("spacings: 1.5 4", "'spacings' has 2 values, expected 3"),
        (PLACED.format("(0,0,0)", "none (0,1.5,0) (0,0,4)"), "has 2 directions in a space of 3 dimensions"),  # was 1 mm
        (PLACED.format("(0,0,0)", "(nan,0,0) (0,1.5,0) (0,0,4)"), "'space directions' is 'nan 0 0'"),
        (PLACED.format("(inf,0,0)", RIGHT), "'space origin' is 'inf 0 0', expected 3 finite numbers"),
        (PLACED.format("(0,0,0)", "(0,0,0) (0,1.5,0) (0,0,4)"), "'space directions' gives voxels of 0 x 1.5 x 4 mm"),
        (PLACED.format("(0,0,0)", "(1e-200,0,0) (0,1,0) (0,0,4)"), "'space directions' gives voxels of 1e-200 x 1 x 4"),
        (PLACED.format("(0,0,0)", RIGHT) + 'space units: "m" "m" "m"', "says that lengths are in m, expected mm"),
        ('spacings: 1 1 1\nunits: "cm" "cm" "cm"', "'units' says that lengths are in cm, expected mm"),
    ],
)
def test_numbers_of_a_nrrd(tmp_path, lines, problem):
    with pytest.raises(ScanError) as caught:
        read_image(nrrd(tmp_path, lines))
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("ElementSpacing = -1.5 1.5 4\n", "'ElementSpacing' gives voxels of -1.5 x 1.5 x 4 mm"),  # was a flip
        ("ElementSpacing = 1,5 1,5 4\n", "'ElementSpacing' is '1,5 1,5 4', expected 3 finite numbers"),  # was 1, 0, 0
        ("ElementSpacing = nan 1 1\n", "expected 3 finite numbers"),
        ("ElementSpacing = 1 1 1\nOffset = nan 2 3\n", "'Offset' is 'nan 2 3'"),  # was 0, 0, 0
        ("ElementSpacing = 1 1 1\nOffset = 1 2 3\nPosition = 4 5 6\n", "Offset and Position differ"),  # the first
        ("ElementSpacing = 1 1 1\nTransformMatrix = 1 0 0 0 1 0\n", "expected 9 finite numbers"),
        ("ElementSpacing = 1 1 1\nDistanceUnits = cm\n", "lengths are in cm, expected mm"),  # were mm
        ("ElementSpacing = 1 1 1\nElementToIntensityFunctionSlope = 2\n", "scales the voxels by 2 and adds 0"),  # was 1
        ("ElementSpacing = 1 1 1\nElementToIntensityFunctionOffset = 5\n", "scales the voxels by 1 and adds 5"),
    ],
)
def test_numbers_of_a_metaimage(tmp_path, lines, problem):
    with pytest.raises(ScanError) as caught:
        read_image(meta(tmp_path, lines))
    assert problem in caught.value.problem


@pytest.mark.parametrize("edge", ["1e308", "1e200", "1e155", "1e154", "1500", "1e-4"])
def test_a_size_beyond_any_voxel_is_refused_by_its_field(tmp_path, edge, golden):
    """Space directions from 1e155 on were 1 mm: ITK squares them, which gives an infinity."""
    with golden.error(ScanError):
        read_image(nrrd(tmp_path, PLACED.format("(0,0,0)", f"({edge},0,0) (0,1,0) (0,0,4)")))
    with golden.error(ScanError):
        read_image(nrrd(tmp_path, f"spacings: {edge} 1 4"))
    for name in ("ElementSpacing", "ElementSize"):
        with golden.error(ScanError):
            read_image(meta(tmp_path, f"{name} = {edge} 1 4\n"))


@pytest.mark.parametrize("kind", ["MET_FOO", "MET_OTHER", "MET_STRING", "short", ""])
def test_a_type_that_is_none_is_refused_by_its_field(tmp_path, kind, golden):
    """The message was that of a library, "Unknown PixelType"; texts were read as numbers."""
    path = meta(tmp_path, "ElementSpacing = 1 1 1\n")
    path.write_bytes(path.read_bytes().replace(b"MET_SHORT", kind.encode()))
    with golden.error(ScanError):
        read_image(path)


@pytest.mark.parametrize("size", ["0 3 2", "-4 3 2", "4 3", "4 3 x", "4.0 3 2"])
def test_sizes_that_are_none(tmp_path, size, golden):
    with golden.error(ScanError):
        read_image(nrrd(tmp_path, "spacings: 1 1 1", sizes=size))
    with golden.error(ScanError):
        read_image(meta(tmp_path, "ElementSpacing = 1 1 1\n", size=size))


@pytest.mark.parametrize("write", [nrrd, meta])
def test_a_header_without_a_size_of_voxels_is_told(tmp_path, write):
    with remarks() as told:
        _, grid = read_image(write(tmp_path, ""))
    assert grid.spacing == (1.0, 1.0, 1.0)
    assert [entry.kind for entry in told] == ["no_voxel_size"]


@pytest.mark.parametrize("content", [bytes(48), VOXELS, b"1 2 x " * 8, b"1 2 3 " * 7])
def test_text_that_is_binary_or_too_short(tmp_path, content, golden):
    with golden.error(ScanError):
        read_image(nrrd(tmp_path, "spacings: 1 1 1", encoding="ascii", content=content))
    with golden.error(ScanError):
        read_image(meta(tmp_path, "ElementSpacing = 1 1 1\n", binary="False", content=content))


def test_what_other_programs_write_is_read(tmp_path):
    lines = [
        PLACED.format("(1,2,3)", RIGHT) + 'kinds: domain domain domain\nspace units: "mm" "mm" "mm"',
        'spacings: 1.5 1.5 4.\nunits: "mm" "mm" "mm"\nthicknesses: nan nan 4',
    ]
    for line in lines:
        assert read_image(nrrd(tmp_path, line))[1].spacing == pytest.approx((1.5, 1.5, 4.0))
    path = meta(tmp_path, "ElementSize = 3 3 4\nElementSpacing = 1.5 1.5 4\nOrigin = 1 2 3\nDistanceUnits = mm\n")
    assert read_image(path)[1].origin == (1.0, 2.0, 3.0)


@pytest.mark.parametrize("place", [0, 3])
def test_a_list_of_one_value_a_voxel_is_an_image(tmp_path, place):
    """It was refused for "1 values a voxel, expected one"."""
    volume = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    kinds, directions = ["domain"] * 3, ["(2,0,0)", "(0,1.5,0)", "(0,0,4)"]
    sizes = ["5", "4", "3"]
    for fields, value in ((kinds, "list"), (directions, "none"), (sizes, "1")):
        fields.insert(place, value)
    head = "\n".join(
        [
            *("NRRD0004", "type: short", "dimension: 4", "space: left-posterior-superior", "encoding: raw"),
            *(f"sizes: {' '.join(sizes)}", f"kinds: {' '.join(kinds)}", "endian: little"),
            *(f"space directions: {' '.join(directions)}", "space origin: (1,2,3)"),
        ]
    )
    (tmp_path / "scan.nrrd").write_bytes(head.encode() + b"\n\n" + volume.tobytes())
    array, grid = read_image(tmp_path / "scan.nrrd")
    np.testing.assert_array_equal(array, volume)
    assert (grid.size, grid.spacing, grid.origin) == ((5, 4, 3), (2.0, 1.5, 4.0), (1.0, 2.0, 3.0))
