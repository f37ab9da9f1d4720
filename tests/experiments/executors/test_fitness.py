import os
import re
from pathlib import Path
from time import sleep

from experiments.executors.fitness import Outfit, UnfitWorkerError, do, examine
from experiments.executors.limit import Late
from experiments.versions import computing_versions

OWN = tuple(computing_versions().items())

VARIES = "(?<=worker on )[^ ]+"


def test_a_worker_works_in_the_folder_of_the_study(tmp_path):
    (tmp_path / "image.nii").touch()
    here = Path.cwd()
    assert do(Outfit(str(tmp_path), ("image.nii",), 0.0, OWN), None, os.path.exists, ("image.nii",)) is True
    assert Path.cwd() == here


def test_other_software_is_refused_by_its_name(tmp_path, golden):
    with golden.error(UnfitWorkerError, varies=rf"{VARIES}|{re.escape(computing_versions()['numpy'])}"):
        examine(Outfit(str(tmp_path), (), 0.0, (("numpy", "0.1"),)))


def test_a_file_that_the_worker_does_not_see_is_named(tmp_path, golden):
    with golden.error(UnfitWorkerError, varies=VARIES):
        examine(Outfit(str(tmp_path), ("nowhere.nii",), 0.0, OWN))


def snooze(seconds):
    """Take so long, and come back to Python on the way."""
    for _ in range(int(100 * seconds)):
        sleep(0.01)


def test_what_takes_too_long_is_late_and_no_error(tmp_path):
    assert do(Outfit(str(tmp_path), (), 0.0, OWN), 0.2, snooze, (30,)) == Late(0.2)
