"""Keywords that functions share: typed and told once, and taken as they are."""

import inspect
import re
from dataclasses import fields

import pytest

from experiments.running.extracting.extraction import Extracted, run_extraction
from experiments.running.extracting.preprocessing import Preprocessing, run_preprocessing
from experiments.running.options import Conduct, by_keywords
from experiments.running.runner import StudyRun, run_study

DOORS = ((run_study, StudyRun), (run_extraction, Extracted), (run_preprocessing, Preprocessing))


@pytest.mark.parametrize(("door", "kind"), DOORS, ids=lambda one: one.__name__)
def test_every_keyword_is_told_once_with_its_default(door, kind):
    signature = inspect.signature(door)
    (told,) = re.findall(r"^Parameters\n-+\n(.*?)(?:\n\n|\Z)", door.__doc__, flags=re.DOTALL | re.MULTILINE)
    assert sorted(re.findall(r"^(\w+) : ", told, flags=re.MULTILINE)) == sorted(signature.parameters)
    assert list(signature.parameters)[:2] == ["study", "out"]
    assert {name: one.default for name, one in signature.parameters.items()} == {
        one.name: inspect.Signature.empty if one.name in ("study", "out", "strategy") else one.default
        for one in fields(kind)
    }
    assert signature.return_annotation is inspect.signature(door.__wrapped__).return_annotation


def test_further_sections_stand_behind_the_parameters():
    """They were parted from the heading of the first one."""

    @by_keywords(Conduct)
    def go(how: Conduct) -> None:
        """Go.

        Returns
        -------
        None
        """

    assert re.search(r"\AGo\.\n\nParameters\n-+\n.*\n\nReturns\n-------\nNone\Z", go.__doc__, flags=re.DOTALL)


def test_what_is_not_known_is_refused_by_the_name_of_the_function():
    with pytest.raises(TypeError, match=r"^run_study\(\) got an unexpected keyword argument 'job'$"):
        run_study("study.yaml", "out", job=2)
    with pytest.raises(TypeError, match=r"^run_preprocessing\(\) missing 1 required positional argument: 'strategy'$"):
        run_preprocessing("study.yaml", "out")
