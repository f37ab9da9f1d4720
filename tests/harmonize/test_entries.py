"""Registries, and what installed packages add; `tests/experiments/test_example_package.py` has a whole package."""

import pytest

from harmonize.entries import AddedWarning, Registry, added_versions, fault_of_class
from harmonize.errors import ConfigurationError, ScanError
from harmonize.steps import ZScore

SPOT = """from dataclasses import dataclass
@dataclass(frozen=True)
class Spot:
    name = "spot"
    title = "a spot"
    size: int = 2
    def __call__(self, volume):
        return volume
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install packages: a module each with an entry point, as an installer leaves them."""

    def put(package, name, module, text, what="Spot"):
        folder = tmp_path / package
        info = folder / f"{package}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[radharmony.steps]\n{name} = {module}:{what}\n")
        (folder / f"{module}.py").write_text(text)
        monkeypatch.syspath_prepend(folder)

    return put


def registry():
    return Registry("step", {"zscore": ZScore}, fault_of_class)


def test_an_added_entry_is_there_with_its_package(install):
    install("dots", "spot", "dots_one", SPOT)
    steps = registry()
    assert list(steps) == steps.names == ["zscore", "spot"]
    assert steps["spot"]().size == 2
    assert (steps.package("spot"), steps.package("zscore")) == ("dots 1.2", "")
    assert steps.stamp("spot") == {"package": "dots 1.2"}
    assert added_versions()["dots"] == "1.2"


def test_what_another_version_made_is_not_taken(install, golden):
    install("dots", "spot", "dots_two", SPOT)
    steps = registry()
    made = {"size": 3} | steps.stamp("spot")
    assert steps.unstamped("spot", made, "run.json") == {"size": 3}
    assert steps.unstamped("zscore", {"package": 1}, "study.yaml") == {"package": 1}  # refused as all unknown keys
    with golden.error(ConfigurationError):
        steps.unstamped("spot", {"size": 3, "package": "dots 1.1"}, "run.json")


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("spot", "import not_there", "Spot"),
        ("spot", SPOT, "Sport"),
        ("dot", SPOT, "Spot"),
        ("spot", "Spot = 3", "Spot"),
        ("spot", SPOT.replace('    title = "a spot"\n', ""), "Spot"),
        ("spot", SPOT.replace("size", "package"), "Spot"),
        ("spot", SPOT.replace("__call__", "call"), "Spot"),
        ("zscore", SPOT, "Spot"),
    ],
    ids=["import", "attribute", "name", "class", "title", "parameter", "call", "ours"],
)
def test_what_cannot_be_used_is_told_when_it_is_asked_for_and_hinders_nothing_else(
    install, golden, request, name, text, what
):
    module = f"dots_{request.node.callspec.id}"
    install("dots", name, module, text, what)
    steps = registry()
    with golden.error(ConfigurationError):
        steps[name]
    with pytest.warns(AddedWarning):
        assert list(steps) == ([] if name == "zscore" else ["zscore"])
    assert steps.get(name) is None
    assert name in steps.names  # so that it is not said to be unknown


def test_two_packages_with_one_name_are_asked_about(install, golden):
    install("dots", "spot", "dots_three", SPOT)
    install("stains", "spot", "stains", SPOT)
    with golden.error(ConfigurationError):
        registry()["spot"]


def test_names_that_differ_only_in_case_are_asked_about(install, golden):
    install("dots", "Zscore", "dots_upper", SPOT.replace('name = "spot"', 'name = "Zscore"'))
    with golden.error(ConfigurationError):
        registry()["Zscore"]
    assert registry()["zscore"] is ZScore


@pytest.mark.parametrize(("scan", "kind"), [(True, ScanError), (False, ConfigurationError)])
@pytest.mark.parametrize("raised", [KeyError("spot"), SystemExit(3)], ids=["error", "exit"])
def test_what_an_added_entry_raises_names_its_package(install, golden, scan, kind, raised):
    install("dots", "spot", "dots_three", SPOT)
    with golden.error(kind), registry().answered_for("spot", scan=scan):
        raise raised
    with pytest.raises(MemoryError), registry().answered_for("spot", scan=scan):
        raise MemoryError
    with pytest.raises(KeyError), registry().answered_for("zscore", scan=scan):
        raise KeyError("ours")
