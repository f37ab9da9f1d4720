import pytest

from harmonize.errors import ConfigurationError

IMAGES = """subject,sequence,acquisition,reconstruction,image,mask,network,age
S1,T2,REF,STD,a.nii,m.nii,a_net.nii,40
S1,T2,ACC,DLR,b.nii,m.nii,,40
"""
CENTRES = ""
STUDY = """images: images.csv
reference: REF+STD
rois: {labels: {liver: 1}}
strategies:
  raw: {}
  network: {steps: [images: network, zscore]}
"""


def test_scans_know_their_files_and_the_column_is_no_covariate(read):
    study = read()
    first, second = study.scans
    assert (first.elsewhere, second.elsewhere) == ({"network": study.data.resolve() / "a_net.nii"}, {})
    assert first.covariates == {"age": "40"}
    assert read(STUDY.replace("[images: network, zscore]", "[zscore]")).scans[0].covariates["network"] == "a_net.nii"
    assert study.strategies[1].to_mapping()["steps"][0] == {"images": {"column": "network"}}


def test_another_column_is_another_strategy(read):
    digests = {
        read(STUDY.replace("images: network", f"images: {name}")).settings_digest() for name in ("network", "age")
    }
    assert len(digests) == 2


def test_perturbations_of_images_stand_behind_it(read):
    study = read(STUDY + "perturbations: {N: {steps: [noise]}, R: {steps: [rotation], after: images}}\n")
    for draw in study.perturbations:
        steps = draw.within(study.strategies[1], study.scans[0]).steps
        assert [step.name for step in steps] == ["images", "perturbation", "zscore"]


SEGMENTED = IMAGES.replace(",age", ",segmentation").replace(",40", ",anna").replace("ACC,DLR,b.nii", "REF,STD,a.nii")


@pytest.mark.parametrize(
    ("study", "images"),
    [
        (STUDY.replace("images: network", "images: netwrk"), IMAGES),
        (STUDY.replace("images: network", "images: mask"), IMAGES),
        (STUDY, IMAGES.replace("a_net.nii", "")),
        (STUDY, IMAGES.replace("a_net.nii", "../a_net.nii")),
        (STUDY.replace("[images: network, zscore]", "[zscore, images: network]"), IMAGES),
        (STUDY + "segmentation: anna\n", SEGMENTED[::-1].replace("anna"[::-1], "ben"[::-1], 1)[::-1]),
        (STUDY + "perturbations: {N: {steps: [noise], before: images}}\n", IMAGES),
    ],
    ids=["unknown", "of_the_study", "empty", "outside", "late", "segmentations", "perturbed_before"],
)
def test_what_cannot_be_meant_is_refused(read, golden, study, images):
    with golden.error(ConfigurationError):
        read(study, images)
