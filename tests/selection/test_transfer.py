import warnings
from dataclasses import replace

import pandas as pd
import pytest

from harmonize.errors import ConfigurationError
from selection.cohort import Cohort
from selection.transfer import TransferWarning, WhitelistRefusedError, apply_whitelist
from selection.whitelist import Whitelist

SETTINGS = {"steps": [], "extraction": {"setting": {"binWidth": 5}}}
VERSIONS = {"pyradiomics-bhklab": "3.1.4"}
COHORT = Cohort("run.json", SETTINGS, versions=VERSIONS)
ID, IDM, IDN = "original_glcm_Id", "original_glcm_Idm", "original_glcm_Idn"


@pytest.fixture
def whitelist():
    return Whitelist(
        "raw",
        {"T2": {"liver": (ID, IDM), "spleen": (ID,)}, "T1": {"liver": (IDM,)}},
        {},
        {},
        failing={"T2": {"liver": (IDN,), "spleen": (IDM, IDN)}, "T1": {"liver": (ID, IDN)}},
        settings=SETTINGS,
        versions=VERSIONS,
        conditions=("REF", "ACC"),
    )


def table(*places, **more):
    rows = [
        {"subject": f"S{i}", "sequence": place.split("/")[0], "roi": place.split("/")[1]}
        for i, place in enumerate(places)
    ]
    return pd.DataFrame(rows).assign(**{ID: 1.0, IDM: 2.0, IDN: 3.0, "age": 50, **more})


def applied(whitelist, frame, **options):
    """Apply it, and give the warnings, which must be those that it tells of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = apply_whitelist(whitelist, frame, options.pop("cohort", COHORT), **options)
    assert [str(one.message) for one in caught] == list(result.warnings)
    assert all(one.category is TransferWarning for one in caught)
    return result


def test_the_list_of_each_sequence_and_roi_counts(whitelist):
    result = applied(whitelist, table("T2/liver", "T2/liver"))
    assert result.features == (ID, IDM)
    assert result.warnings == ()
    assert list(result.table.columns) == ["subject", "sequence", "roi", "age", ID, IDM]
    assert result.left_out == {IDN: "does not pass in T2 / liver"}
    result = applied(whitelist, table("T2/liver", "T2/spleen"))
    assert result.features == (ID,)
    assert result.left_out[IDM] == "does not pass in T2 / spleen"


def test_every_feature_of_the_cohort_is_kept_or_left_out_with_a_reason(whitelist):
    result = applied(whitelist, table("T2/liver", original_shape_Flatness=1.0))
    assert {*result.features, *result.left_out} == {ID, IDM, IDN, "original_shape_Flatness"}
    assert result.left_out["original_shape_Flatness"] == "was never measured for the whitelist"
    assert result.warnings == (
        "1 features were never measured for the whitelist and are left out: original_shape_Flatness",
    )


def test_a_place_without_a_list_is_refused_unless_it_is_allowed(whitelist, golden):
    """The list of another sequence was taken, with a warning only."""
    with golden.error(WhitelistRefusedError):
        applied(whitelist, table("T2/tumour"))
    result = applied(whitelist, table("T2/tumour"), allow=["place"])
    assert result.features == (ID,)
    assert "what passes in T2 / liver, T2 / spleen is taken for it" in result.warnings[0]
    with golden.error(ConfigurationError):  # T1 and spleen are known, but not together
        applied(whitelist, table("T1/spleen"), allow=["place"])


def test_a_list_can_be_named_for_the_whole_table(whitelist, golden):
    result = applied(whitelist, table("T2/tumour"), place=("T2", "liver"))
    assert result.features == (ID, IDM)
    assert result.warnings == ("the list of T2 / liver is used for T2 / tumour",)
    assert applied(whitelist, table("T2/liver"), place=("T2", "liver")).warnings == ()
    without = table("T2/liver").drop(columns=["sequence", "roi"])
    assert applied(whitelist, without, place=("T2", "spleen")).features == (ID,)
    with golden.error(ConfigurationError):
        applied(whitelist, without, place=("T2", "livr"))


def test_a_table_without_sequences_takes_what_passes_in_all_of_them(whitelist, golden):
    result = applied(whitelist, table("T2/liver").drop(columns="sequence"))
    assert (result.features, result.warnings) == ((IDM,), ())
    # Said was that it does not pass in T1 / liver, T2 / liver, although it does in one of them.
    words = "every list, as it must where the table names no sequence: T2 / liver, T1 / liver"
    assert result.left_out == dict.fromkeys((ID, IDN), f"does not pass in {words}")
    disjoint = replace(whitelist, features={"T2": {"liver": (ID,)}, "T1": {"liver": (IDM,)}})
    with golden.error(ConfigurationError):
        applied(disjoint, table("T2/liver").drop(columns="sequence"))


def test_places_without_a_common_feature_are_refused(whitelist, golden):
    with golden.error(ConfigurationError):
        applied(whitelist, table("T1/liver", "T2/spleen"))


def test_other_conditions_get_a_warning(whitelist):
    result = applied(whitelist, table("T2/liver", condition="7T"))
    assert result.warnings == ("the conditions 7T were not compared; the whitelist compared REF, ACC",)
    assert applied(whitelist, table("T2/liver", condition="ACC")).warnings == ()


def test_other_settings_are_refused_with_every_reason(whitelist, golden):
    cohort = Cohort(
        "run.json",
        {"steps": ["zscore"], "extraction": {"setting": {"binWidth": 25}}},
        versions={"pyradiomics-bhklab": "4"},
    )
    with pytest.raises(WhitelistRefusedError) as error:
        applied(whitelist, table("T2/liver"), cohort=cohort)
    assert error.value.kinds == ("steps", "extraction", "versions")
    for text in ("the cohort zscore", "binWidth: the whitelist has 5, the cohort 25", "has 3.1.4, the cohort 4"):
        assert text in str(error.value)
    allowed = applied(whitelist, table("T2/liver"), cohort=cohort, allow=("steps", "extraction", "versions"))
    assert (len(allowed.warnings), allowed.features) == (3, (ID, IDM))
    with golden.error(WhitelistRefusedError):
        applied(whitelist, table("T2/liver"), cohort=cohort, allow=("extraction", "versions"))


def test_unknown_settings_are_refused(whitelist, golden):
    with golden.error(WhitelistRefusedError):
        applied(whitelist, table("T2/liver"), cohort=None)
    assert applied(whitelist, table("T2/liver"), cohort=None, allow=("unknown",)).features == (ID, IDM)


def test_a_feature_that_the_cohort_lacks_is_refused(whitelist, golden):
    frame = table("T2/liver").drop(columns=IDM)
    with golden.error(WhitelistRefusedError):
        applied(whitelist, frame)
    result = applied(whitelist, frame, allow=("missing",))
    assert result.features == (ID,)
    assert "lacks 1 of 2" in result.warnings[0]


def test_mistakes_are_named(whitelist, golden):
    with golden.error(ConfigurationError):
        applied(whitelist, table("T2/liver"), allow=("step",))
    twice = table("T2/liver")
    twice.columns = ["subject", "sequence", "roi", ID, ID, IDN, "age"]
    with golden.error(ConfigurationError):
        applied(whitelist, twice)


def test_the_table_given_is_not_changed(whitelist):
    frame = table("T2/liver")
    before = frame.copy()
    result = applied(whitelist, frame).table
    result.loc[0, ID] = 0.0
    pd.testing.assert_frame_equal(frame, before)
