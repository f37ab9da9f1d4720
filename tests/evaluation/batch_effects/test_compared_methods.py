import pytest

from evaluation.batch_effects.compared_methods import all_methods, harmonizers_of, named_methods
from harmonize.combat.methods import METHODS
from harmonize.errors import ConfigurationError

REST = {"subject": "who", "covariates": {"categorical": ["sex"], "smooth": ["age"]}, "where": "`compare`"}


def test_all_are_those_of_the_registry():
    names = all_methods()
    assert {name.split(":")[0] for name in names} == {"none", *METHODS.names}
    assert named_methods(["all", "combat"], "`compare`") == names


@pytest.mark.parametrize(
    "name",
    [
        *("combta", "combat:mean", "none:mean_only", "batch_zscore:mean_only", "paired:scaling", "paired:scaling=MSE"),
        *("mixture:most=many", "combat:continuous=age", "combat:parametric"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(golden, name):
    with golden.error(ConfigurationError):
        named_methods([name], "`compare`")


def test_every_method_is_made_or_says_why():
    made = harmonizers_of(all_methods(), batch="scanner+protocol", reference=None, fallback="A+fast", **REST)
    assert set(made) == set(all_methods())
    assert all(one is None or isinstance(one, str) or one.role_columns for one in made.values())
    assert made["none"] is None
    assert isinstance(made["neurocombat"], str)
    assert made["nested"].batches == ("scanner", "protocol")


def test_options_follow_the_name():
    names = ["mixture:most=3:known=false", "paired:scaling=REML", "combat:reference=1", "combat:parametric=false"]
    made = harmonizers_of(names, batch="scan", reference="B", fallback="A", **REST)
    mixture, paired, referred, nonparametric = made.values()
    assert (mixture.most, mixture.known, paired.scaling) == (3, False, "REML")
    assert (referred.reference, nonparametric.reference, nonparametric.parametric) == ("1", "B", False)


def test_references_and_covariates_go_to_those_who_take_them():
    names = ["combat", "quantile_alignment", "paired"]
    free = harmonizers_of(names, batch="scan", reference=None, fallback="A", **REST)
    assert (free["combat"].reference, free["quantile_alignment"].reference) == (None, "A")
    assert free["combat"].covariate_columns == ["sex", "age"]
    assert free["paired"].covariate_columns == ["sex"]
    bound = harmonizers_of(names, batch="scan", reference="B", fallback="A", **REST)
    assert (bound["combat"].reference, bound["quantile_alignment"].reference) == ("B", "B")
