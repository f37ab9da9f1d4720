import csv

import numpy as np
import pytest
import SimpleITK as sitk

from experiments.simulate import RealImage, Simulation, read_scans, write_four_arm_study
from experiments.study.study import Study
from harmonize.errors import ConfigurationError, GridError, ScanError
from harmonize.formats import MaskSource
from harmonize.image.volume import Grid, to_itk

PLAIN = Simulation(noise=0.0, acceleration=1, bias=0.0, gain=0.0)


def array_of(path):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def make_scan(folder, name, size, label=1, mask_grid=None):
    grid = Grid(size, (0.8, 0.9, 3.0), (-5.0, 4.0, 11.0), (1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0))
    image = np.random.default_rng(len(name)).integers(50, 100, grid.shape).astype(np.int16)
    image[:, : size[1] // 4] = 0
    mask = np.zeros(grid.shape, np.int32)
    mask[:, size[1] // 2 :, 2:9] = label
    paths = folder / f"{name}.nrrd", folder / f"{name}_label.nrrd"
    sitk.WriteImage(to_itk(image, grid), str(paths[0]))
    sitk.WriteImage(to_itk(mask, mask_grid or grid), str(paths[1]))
    return RealImage(name, "T2", paths[0], {"roi": MaskSource(paths[1], label)})


def mask_file(scan):
    return scan.masks["roi"].path


def test_without_noise_the_image_itself_is_in_every_arm(tmp_path):
    scan = make_scan(tmp_path, "a", (21, 30, 3))
    path = write_four_arm_study(tmp_path / "study", [scan], PLAIN)
    for arm in ("REF_STD", "REF_DLR", "ACC_STD", "ACC_DLR"):
        written = sitk.ReadImage(str(path.parent / f"images/a_T2_{arm}.nii.gz"))
        assert Grid.of(written).differences(Grid.of(sitk.ReadImage(str(scan.image)))) == []
        np.testing.assert_allclose(sitk.GetArrayFromImage(written), array_of(scan.image), atol=1e-4)


def test_images_of_different_size_and_a_label_that_is_not_1(tmp_path):
    scans = [make_scan(tmp_path, "a", (21, 30, 3), 7), make_scan(tmp_path, "bb", (32, 24, 2), 7)]
    steps = []
    path = write_four_arm_study(tmp_path / "study", scans, progress=lambda *step: steps.append(step))
    study = Study.from_yaml(path)
    assert study.rois == ("roi",)
    assert len(study.scans) == 8
    assert steps == [(i, 8) for i in range(1, 9)]
    for scan in scans:
        mask = array_of(path.parent / f"masks/{scan.subject}_T2.nii.gz")
        np.testing.assert_array_equal(mask, array_of(mask_file(scan)) == 7)


def test_labels_that_are_not_named_are_left_out(tmp_path):
    scan = make_scan(tmp_path, "a", (21, 30, 3), 7)
    label_map = sitk.ReadImage(str(mask_file(scan)))
    label_map[0, 0, 0] = 9
    sitk.WriteImage(label_map, str(mask_file(scan)))
    path = write_four_arm_study(tmp_path / "study", [scan])
    assert set(np.unique(array_of(path.parent / "masks/a_T2.nii.gz"))) == {0, 1}


def test_noise_is_relative_to_the_image(tmp_path):
    scan = make_scan(tmp_path, "a", (96, 96, 3))
    noisy = Simulation(noise=0.02, acceleration=2, g_factor=1.0, aliasing=0.0, bias=0.0, gain=0.0)
    path = write_four_arm_study(tmp_path / "study", [scan], noisy)
    bright = array_of(scan.image) > 0
    sigma = 0.02 * np.percentile(array_of(scan.image), 99)
    for arm, expected in (("REF_STD", sigma), ("ACC_STD", sigma * np.sqrt(2))):
        noise = (array_of(path.parent / f"images/a_T2_{arm}.nii.gz") - array_of(scan.image))[bright]
        assert noise.std() == pytest.approx(expected, rel=0.03)


def test_refuses_what_is_wrong(tmp_path, golden):
    scan = make_scan(tmp_path, "a", (21, 30, 3))
    shifted = make_scan(tmp_path, "b", (21, 30, 3), mask_grid=Grid((21, 30, 3)))
    with golden.error(ScanError):
        write_four_arm_study(tmp_path / "1", [scan._replace(masks={"roi": MaskSource(mask_file(scan), 5)})])
    with golden.error(GridError):
        write_four_arm_study(tmp_path / "2", [shifted])
    with golden.error(ScanError):
        write_four_arm_study(tmp_path / "3", [scan._replace(image=tmp_path / "none.nrrd")])
    with golden.error(ConfigurationError):
        write_four_arm_study(tmp_path / "4", [scan, scan])
    with golden.error(ConfigurationError):
        write_four_arm_study(tmp_path / "5", [])
    twice = {name: MaskSource(mask_file(scan), 1) for name in ("a", "b")}
    with golden.error(ScanError):
        write_four_arm_study(tmp_path / "6", [scan._replace(masks=twice)])


def table(folder, *rows):
    path = folder / "scans.csv"
    path.write_text("\n".join(["subject,sequence,image,mask,label,roi", *rows]) + "\n", encoding="utf-8")
    return path


def test_reads_a_table_with_several_rois_a_scan(tmp_path):
    path = table(tmp_path, "a,T2,a.nrrd,m.nrrd,1,liver", "a,T2,a.nrrd,m.nrrd,2,spleen", "b,T2,b.nrrd,m.nrrd,,")
    first, second = read_scans(path, tmp_path)
    assert first.masks == {"liver": MaskSource(tmp_path / "m.nrrd", 1), "spleen": MaskSource(tmp_path / "m.nrrd", 2)}
    assert second.masks == {"roi": MaskSource(tmp_path / "m.nrrd", None)}


@pytest.mark.parametrize(
    "rows",
    [
        ["a,T2,,m.nrrd,1,liver"],
        ["a,T2,a.nrrd,m.nrrd,one,liver"],
        ["a,T2,../a.nrrd,m.nrrd,1,liver"],
        ["a,T2,a.nrrd,m.nrrd,1,liver"] * 2,
        ["a,T2,a.nrrd,m.nrrd,1,liver", "a,T2,b.nrrd,m.nrrd,1,spleen"],
    ],
)
def test_refuses_a_table_that_is_wrong(tmp_path, rows, golden):
    with golden.error(ConfigurationError):
        read_scans(table(tmp_path, *rows), tmp_path)


def test_refuses_an_image_that_is_no_magnitude(tmp_path, golden):
    scan = make_scan(tmp_path, "a", (21, 30, 3))
    image = sitk.ReadImage(str(scan.image))
    image[3, 3, 0] = -5
    sitk.WriteImage(image, str(scan.image))
    with golden.error(ScanError):
        write_four_arm_study(tmp_path / "study", [scan])


@pytest.mark.data
def test_real_images(tmp_path, data_root):
    folder = data_root / "pyradiomics_cases"
    names = {"b": "breast1_image", "p": "prostate_phantom_subvolume"}
    masks = {"b": "breast1_label", "p": "prostate_phantom_subvolume-label"}
    scans = [
        RealImage(key, "T2", folder / f"{names[key]}.nrrd", {"roi": MaskSource(folder / f"{masks[key]}.nrrd", 1)})
        for key in names
    ]
    path = write_four_arm_study(tmp_path / "study", scans)
    with (path.parent / "images.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    for row in rows:
        scan = next(scan for scan in scans if scan.subject == row["subject"])
        arm, image, roi = array_of(path.parent / row["image"]), array_of(scan.image), array_of(mask_file(scan)) == 1
        assert np.corrcoef(arm.ravel(), image.ravel())[0, 1] > 0.9
        assert arm[roi].mean() == pytest.approx(image[roi].mean(), rel=0.6)
