import pytest

from experiments.analyses.harmonize.scorecard_settings import ScorecardSettings
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize(
    "given",
    [{"target": "sick"}, {"permutations": 5}, {"compare": ("combta",)}, {"compare": "combat", "folds": 1}],
)
def test_what_does_not_fit_is_refused(golden, given):
    with golden.error(ConfigurationError):
        ScorecardSettings(**given)


def test_names_are_listed_by_commas():
    assert ScorecardSettings(compare="none,combat:mean_only").compare == ("none", "combat:mean_only")
