"""The harmonizers that a study compares: what a study file may say."""

from pathlib import Path

import pytest

from experiments.study.harmonizers import ComparedMethods, harmonizers_record
from experiments.study.manifest import Scan
from harmonize.errors import ConfigurationError

WHERE = "study.yaml: harmonizers"
SCANS = [
    Scan(
        f"S{i}",
        "T2",
        f"{a}+{b}",
        {"acquisition": a, "reconstruction": b},
        Path("x.nii"),
        {},
        {"site": s, "age": "61"},
        i,
    )
    for i, s in enumerate(("north", "south", "north"))
    for a in ("REF", "ACC")
    for b in ("STD", "DLR")
]


@pytest.mark.parametrize("values", ["all", ["none", "combat:mean_only"], {"compare": "combat", "site": "site"}])
def test_a_name_a_list_or_names_with_what_else_is_asked(values):
    found = ComparedMethods.parse(values, SCANS, WHERE)
    assert found is not None
    assert (found.batch, found.by, found.permutations) == ("condition", ("sequence", "roi"), 20)
    given = values["compare"] if isinstance(values, dict) else values
    assert found.compare == ((given,) if isinstance(given, str) else tuple(given))
    again = ComparedMethods.parse(harmonizers_record(found)["harmonizers"], SCANS, WHERE)
    assert again == found


def test_a_method_may_have_options():
    values = ["combat", {"paired": {"scaling": "REML"}}, {"covbat": None}, {"combat": {"reference": "REF+STD"}}]
    found = ComparedMethods.parse(values, SCANS, WHERE)
    assert found is not None
    assert found.compare == ("combat", "paired:scaling=REML", "covbat", "combat:reference=REF+STD")


def test_nothing_is_compared_where_nothing_stands():
    assert ComparedMethods.parse(None, SCANS, WHERE) is None
    assert harmonizers_record(None) == {}


def test_columns_and_levels_are_those_of_the_table_of_images():
    values = {"compare": "all", "batch": "acquisition+reconstruction", "continuous": ["age"], "keep": ["site"]}
    assert ComparedMethods.parse(values, SCANS, WHERE).covariates()["continuous"] == ("age",)
    assert ComparedMethods.parse({"compare": "all", "reference": "REF+STD"}, SCANS, WHERE).reference == "REF+STD"


@pytest.mark.parametrize(
    "values",
    [
        "combta",
        {"compare": "all", "batch": "scanner"},
        {"compare": "all", "keep": ["sex"]},
        {"compare": "all", "site": "hospital"},
        {"compare": "all", "reference": "REF+STDD"},
        {"compare": "all", "batc": "site"},
        {"batch": "site"},
        [{"combat": {"scaling": "REML"}}],
        [{"combat": {"mean_only": "often"}}],
        [{"combat": {"categorical": ["site"]}}],
        [{"combat": {}, "covbat": {}}],
        [{"combat": 3}],
        {"compare": "all", "permutations": -1},
    ],
)
def test_what_does_not_fit_is_refused(golden, values):
    with golden.error(ConfigurationError):
        ComparedMethods.parse(values, SCANS, WHERE)
