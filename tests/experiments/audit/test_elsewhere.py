"""What is wrong with images that other programs made, whatever steps follow."""

import numpy as np
import pytest
import SimpleITK as sitk


@pytest.fixture
def network(small):
    for row in small.rows:
        row["network"] = row["image"].replace(".nii", "_net.nii")
        small.image(row["network"])
    small.values["strategies"] = {
        "network": {"steps": [{"images": "network"}]},
        "later": {"steps": [{"images": "network"}, "n4"]},
    }
    return small


def test_nothing_is_said_of_what_is_as_it_should_be(network, kinds):
    assert not [one for one in kinds(network.audit()) if "error" in one or "warning" in one]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("missing", "error missing_file"),
        ("unnamed", "error missing_file"),
        ("grid", "error grid_mismatch"),
        ("broken", "error unreadable_image"),
        ("nan", "error unreadable_image"),
        ("constant", "error constant_image"),
        ("same", "warning processed_unchanged"),
        ("twice", "error image_used_twice"),
    ],
)
def test_every_fault_is_told_once(network, golden, fault, told):
    row = network.row("S2", "ACC+DLR")
    path = network.folder / row["network"]
    if fault == "missing":
        path.unlink()
    elif fault == "unnamed":
        row["network"] = ""
    elif fault == "grid":
        network.image(path.name, spacing=(1.0, 1.0, 3.0))
    elif fault == "broken":
        path.write_bytes(path.read_bytes()[:200])
    elif fault in ("nan", "constant"):
        image = np.full((6, 24, 24), 3.0)
        image[0, 0, 0] = np.nan if fault == "nan" else 3.0
        network.image(path.name, image)
    elif fault == "same":
        sitk.WriteImage(sitk.ReadImage(str(network.folder / row["image"])), str(path))
    else:
        row["network"] = network.row("S1", "ACC+DLR")["network"]
    findings = [one for one in network.audit().findings if one.level != "note"]
    told_once = [one for one in findings if one.kind != "too_few_bins"]  # of an image without contrast
    assert [f"{one.level} {one.kind}" for one in told_once] == [told]
    golden.text("\n".join(f"{one.where}: {one.problem}; {one.advice}" for one in told_once))
