import pytest

from experiments.analyses.shared.groups import Destination
from experiments.cli.place import ResultsPlace
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize("both", [False, True])
def test_one_place_is_named_and_not_two(tmp_path, both, golden):
    given = Destination(out=tmp_path, run=tmp_path) if both else Destination()
    with golden.error(ConfigurationError):
        ResultsPlace.of(given, "transfer")


def test_a_folder_is_taken_as_it_is_and_a_run_by_the_place_of_the_analysis(tmp_path, finished):
    assert ResultsPlace.of(Destination(out=tmp_path), "diagnose").folder == tmp_path
    place = ResultsPlace.of(Destination(run=finished.folder), "diagnose")
    assert (place.folder, place.run.folder) == (finished.folder / "diagnosis", finished.folder)


def test_what_is_no_run_is_refused_with_its_option(tmp_path, golden):
    with golden.error(ConfigurationError):
        ResultsPlace.of(Destination(run=tmp_path), "tradeoff")
