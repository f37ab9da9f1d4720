import pytest

from harmonize import combat
from harmonize.combat import METHODS, ComBat, CovBat, LongitudinalComBat, make_harmonizer
from harmonize.combat.base import BatchHarmonizer
from harmonize.errors import ConfigurationError


def make(method, **options):
    return make_harmonizer(method, options, batch="condition", subject="subject", where="study.yaml")


def test_every_method_is_made_with_its_defaults():
    for method, cls in METHODS.items():
        model = make(method)
        assert type(model) is cls
        assert model.batch == "condition"
        assert model.batch_columns == ("condition",)
    assert make("paired").subject == "subject"


def test_every_public_harmonizer_can_be_named():
    """Regression: nested ComBat was public, and no study file or command knew it."""
    public = [getattr(combat, name) for name in combat.__all__]
    harmonizers = {one for one in public if isinstance(one, type) and issubclass(one, BatchHarmonizer)}
    assert harmonizers <= set(METHODS.values())
    assert {name for name, cls in METHODS.items() if cls.several_batches} == {"nested", "protocol"}
    assert make_harmonizer("nested", {}, batch="site+arm", subject=None, where="x").batch_columns == ("site", "arm")


def test_options_arrive_as_the_constructor_takes_them():
    model = make("covbat", reference="REF", mean_only=True, tolerance="1e-10", categorical="sex", smooth=["age"])
    assert isinstance(model, CovBat)
    assert (model.reference, model.mean_only, model.tolerance) == ("REF", True, 1e-10)
    assert (model.categorical, model.smooth) == (("sex",), ("age",))
    assert make("combat", tolerance=None).tolerance is None
    assert isinstance(make("paired", scaling="REML"), LongitudinalComBat)
    assert type(make("combat")) is ComBat


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("combt", {}),
        ("combat", {"refrence": "REF"}),
        ("combat", {"batch": "x"}),
        ("combat", {"parametric": "yes"}),
        ("combat", {"spline_df": True}),
        ("combat", {"tolerance": "tiny"}),
        ("combat", {"categorical": [1]}),
        ("combat", {"reference": ["REF"]}),
        ("paired", {"scaling": 3}),
        ("batch_zscore", {"mean_only": True}),
    ],
)
def test_what_does_not_fit_is_refused(method, options, golden):
    with golden.error(ConfigurationError):
        make(method, **options)
