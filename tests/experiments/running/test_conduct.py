"""How a run is conducted: what is refused before anything is done, and what a finished run tells."""

import json

import pytest

from experiments.running.conduct import Run, conduct
from experiments.running.options import Conduct
from experiments.study.study import Study
from harmonize.errors import ConfigurationError


def test_a_folder_with_a_run_of_another_kind_is_refused_before_anything_is_done(finished, simulated, golden):
    before = (finished.folder / "run.log").read_bytes()
    with golden.error(ConfigurationError):
        conduct(Study.from_yaml(simulated), finished.folder, pytest.fail, Conduct(), "extraction")
    assert (finished.folder / "run.log").read_bytes() == before


def test_a_subject_that_is_not_there_is_refused_before_the_folder_is_made(simulated, tmp_path, golden):
    with golden.error(ConfigurationError):
        conduct(Study.from_yaml(simulated), tmp_path / "out", pytest.fail, Conduct(), intermediates=["sub-9"])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("damaged", ["{", '{"kind": "extraction"}'])
def test_a_damaged_run_is_no_obstacle(simulated, tmp_path, damaged):
    """Whatever kind it was: it is written anew."""
    (tmp_path / "run.json").write_text(damaged, encoding="utf-8")

    class Begun(Exception):  # noqa: N818
        pass

    def course():
        raise Begun

    with pytest.raises(Begun):
        conduct(Study.from_yaml(simulated), tmp_path, course, Conduct(track=False))


def test_a_finished_run_tells_of_scans_and_errors(finished):
    run = Run.open(finished.folder)
    assert run.scans == json.loads((run.folder / "run.json").read_text(encoding="utf-8"))["scans"] == 12
    assert run.errors == json.loads((run.folder / "audit.json").read_text(encoding="utf-8"))["errors"]
    assert (run.reused, run.remembered, run.untracked, run.unchanged) == (0, 0, "", False)
