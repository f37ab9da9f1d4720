"""Protocols compared: what differs between conditions is a note, what differs between subjects a warning."""

import json

import pytest


@pytest.fixture
def protocols(small):
    """Give a function that writes a sidecar for every scan; by default all are made alike."""

    def write(change=None, **values):
        for row in small.rows:
            content = {"RepetitionTime": 1.5, "EchoTime": 0.09, "Manufacturer": "Siemens", **values}
            if change is not None:
                content = change(row, content)
            if content is not None:
                path = small.folder / row["image"].replace(".nii.gz", ".json")
                path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return small.audit()

    return write


def problems(found, kind):
    return {finding.where: finding.problem for finding in found.findings if finding.kind == kind}


def test_no_header_no_word(small):
    assert small.audit().findings == ()


def test_scans_made_alike_are_no_finding(protocols):
    assert protocols().findings == ()


def test_what_differs_between_conditions_is_a_note_with_values_and_counts(protocols, kinds):
    found = protocols(lambda row, content: {**content, "EchoTime": 0.08} if row["acquisition"] == "ACC" else content)
    assert kinds(found) == ["note protocol_differs_between_conditions"]
    assert problems(found, "protocol_differs_between_conditions") == {
        "T2, TE": "differs from REF+STD within the same subject under ACC+DLR: 90 ms to 80 ms (3), 3 of 3 subjects"
    }


def test_what_differs_between_subjects_is_a_warning_with_values_and_counts(protocols, kinds):
    found = protocols(lambda row, content: {**content, "RepetitionTime": 2} if row["subject"] == "S2" else content)
    assert kinds(found) == ["warning protocol_differs_between_subjects"]
    assert problems(found, "protocol_differs_between_subjects") == {
        "T2, TR": "differs within 2 conditions; values (scans): 1500 ms (2), 2000 ms (1) under REF+STD, ACC+DLR"
    }


def test_a_difference_in_one_condition_names_it(protocols):
    def change(row, content):
        return {**content, "Manufacturer": "GE"} if (row["subject"], row["acquisition"]) == ("S2", "REF") else content

    found = protocols(change)
    (warning,) = [finding for finding in found.findings if finding.level == "warning"]
    assert (warning.sequence, warning.condition) == ("T2", "REF+STD")
    assert "Siemens (2), GE (1) under REF+STD" in warning.problem


def test_raster_times_and_the_ways_of_converters_do_not_count(protocols):
    def change(row, content):
        software = "5.6.1_5.6.1.0" if row["subject"] == "S1" else "5.6.1\\5.6.1.0"
        return {**content, "SoftwareVersions": software, "RepetitionTime": 1.5 + 0.005 * int(row["subject"][1])}

    assert protocols(change).findings == ()


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("DeepLearningDetails", "CS_SENSE_AI", "none to CS_SENSE_AI (3), 3 of 3 subjects"),
        ("ParallelReductionFactorInPlane", 2, "1 to 2 (3), 3 of 3 subjects"),
        ("CompressedSensingFactor", 4, "1 to 4 (3), 3 of 3 subjects"),
        ("PartialFourier", 0.75, "no to 0.75 (3), 3 of 3 subjects"),
    ],
)
def test_what_converters_leave_out_where_it_does_not_apply_is_compared(protocols, key, value, text):
    found = protocols(lambda row, content: {**content, key: value} if row["acquisition"] == "ACC" else content)
    (problem,) = problems(found, "protocol_differs_between_conditions").values()
    assert problem.endswith(text)


def test_other_parameters_that_are_not_stated_are_not_compared(protocols):
    assert (
        protocols(
            lambda row, content: {**content, "FlipAngle": 90} if row["acquisition"] == "ACC" else content
        ).findings
        == ()
    )


def test_scans_without_a_header_are_counted(protocols):
    found = protocols(lambda row, content: None if row["subject"] == "S3" else content)
    (problem,) = problems(found, "no_header").values()
    assert problem.startswith("2 of 6 scans have neither a DICOM header nor a JSON sidecar")


def test_broken_sidecars_and_values_that_cannot_be_are_told(protocols, kinds):
    found = protocols(
        lambda row, content: "{" if (row["subject"], row["acquisition"]) == ("S1", "REF") else content,
        PartialFourier=0.0125,
    )
    assert kinds(found) == ["note implausible_header", "warning unreadable_header"]
    (problem,) = problems(found, "implausible_header").values()
    assert problem == "stated by 5 scans: 0.0125, which cannot be; not compared"
