from importlib.util import find_spec

import pytest

from evaluation.ibsi import ibsi, ibsi_table
from evaluation.ibsi.by_mirp import MERGING, code_of, codes, validate_mirp

needs_mirp = pytest.mark.skipif(find_spec("mirp") is None, reason="needs the extra mirp")


@needs_mirp
def test_mirp_has_the_consensus_values_of_the_phantom(monkeypatch):
    """Of two of the six ways to merge; `radharmony validate-ibsi --engine mirp` has all."""
    monkeypatch.setattr(
        "evaluation.ibsi.by_mirp.MERGING", {key: MERGING[key] for key in ("3d_average", "2d_slice_merge")}
    )
    table = validate_mirp()
    assert table["ok"].dropna().all()
    assert table["ok"].notna().sum() == 264
    assert set(table.loc[table["ok"].isna(), "code"]) == {""}


def test_names_with_their_settings_have_codes():
    assert code_of("glcm_contrast-d1-3d-v-mrg-fbn-n16") == codes()["glcm_contrast"]
    found = ibsi("log-s-2.0_glszm_glnu-norm-3d-fbn-n16")
    assert (found.code, found.agreement, found.name) == ("Y1RO", "agrees", "normalised grey level non-uniformity")
    assert "filtered" in found.note
    table = ibsi_table(
        ["original_gldzm_sde-3d-fbn-n16", "original_glcm_mcc-d1-3d-avg-fbn-n16", "original_glcm_Contrast"]
    )
    assert list(table["code"]) == ["0GBI", "", "ACUI"]
    assert ibsi_table(["original_glcm_strange"])["note"][0] == "no feature of PyRadiomics or MIRP"
