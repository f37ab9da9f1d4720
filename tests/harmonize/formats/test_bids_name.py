"""Names of BIDS files."""

from pathlib import Path

import pytest

from harmonize.formats.bids_name import Name


@pytest.mark.parametrize("name", ["sub-01.nii", "sub-01_T2w.nrrd", "sub-01_x_T2w.nii", "sub-01_a-b.nii.gz"])
def test_other_names_are_no_bids(name):
    assert Name.parse(Path(name)) is None


def test_what_states_less_holds_for_what_states_the_same_and_more():
    image = Name.parse(Path("sub-01_run-02_desc-a_dseg.nii.gz"))
    for name, holds in (("dseg", True), ("desc-a_dseg", True), ("run-2_dseg", True), ("desc-b_dseg", False)):
        table = Name.parse(Path(f"{name}.tsv"), (".tsv",))
        assert table is not None
        assert image is not None
        assert table.of_what(image) is holds
