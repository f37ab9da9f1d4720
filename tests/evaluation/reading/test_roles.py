import pytest

from evaluation.reading.roles import Roles, resolve
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            ["subject", "sequence", "condition", "roi", "strategy", "original_glcm_Id"],
            Roles("subject", ("condition",), None, "sequence", "roi", "strategy"),
        ),
        (  # our own images.csv has the factors apart
            ["subject", "sequence", "acquisition", "reconstruction", "roi"],
            Roles("subject", ("acquisition", "reconstruction"), None, "sequence", "roi"),
        ),
        (["PatientID", "Scan", "Label"], Roles("PatientID", ("Scan",), None, None, "Label")),  # PyRadiomics, batch
        (  # MIRP
            ["sample_name", "image_mask_label", "image_settings_id", "session", "stat_mean"],
            Roles("sample_name", ("session",), None, None, "image_mask_label", "image_settings_id"),
        ),
        (  # LIFEx
            ["INFO_PatientName", "INFO_NameOfRoi", "Reader", "MORPHOLOGICAL_Volume(IBSI:RNU0)[mm3]"],
            Roles("INFO_PatientName", ("Reader",), None, None, "INFO_NameOfRoi"),
        ),
        (["id", "condition", "reader"], Roles("id", ("condition",))),  # the plain name wins
    ],
)
def test_names_are_guessed(header: list[str], expected: Roles) -> None:
    roles, guessed = resolve(header, Roles())
    assert roles == expected
    assert guessed == {name for name in ("subject", "condition", "sequence", "roi", "strategy") if roles.of(name)}


def test_what_is_named_is_not_guessed() -> None:
    roles, guessed = resolve(["subject", "id", "scan", "reader"], Roles(subject="id", condition=("reader",)))
    assert (roles.subject, roles.condition, guessed) == ("id", ("reader",), frozenset())


def test_an_empty_column_is_named_but_not_guessed() -> None:
    header = ["patient", "id", "scan", "reader", "strategy"]
    roles, guessed = resolve(header, Roles(), empty={"patient", "reader", "strategy"})
    assert roles == Roles("id", ("scan",))
    assert guessed == {"subject", "condition"}
    assert resolve(header, Roles(strategy="strategy", condition=("scan",)), {"strategy"})[0].strategy == "strategy"


def test_a_column_with_a_role_is_no_candidate_for_another() -> None:
    roles, _ = resolve(["patient", "scan", "reader"], Roles(within=("reader",)))
    assert roles.condition == ("scan",)


@pytest.mark.parametrize(
    ("header", "given"),
    [
        (["patient", "scan"], Roles(subject="patent")),
        (["patient", "scan"], Roles(subject="scan", condition=("scan",))),
        (["patient", "scan"], Roles(condition=("scan",), order="patient")),
        (["volume", "scan"], Roles()),
        (["diagnostics_a", "original_glcm_Id", "who", "scan"], Roles()),
        (["patient", "volume"], Roles()),
        (["patient", "scan", "reader"], Roles()),
        (["patient", "acquisition", "reader"], Roles()),
    ],
)
def test_what_cannot_be_settled_is_said(header: list[str], given: Roles, golden) -> None:
    with golden.error(ConfigurationError):
        resolve(header, given)
