import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from evaluation.claims.margin import EquivalenceMargin
from evaluation.claims.measurement_error import measurement_error_table
from evaluation.claims.pooling import COLUMNS, pooling_table
from harmonize.errors import ConfigurationError

OF = {"REF+1": "REF", "REF+2": "REF", "DLR+1": "DLR"}
FEATURES = ("same", "shifted", "noisy", "signed")


def table(seed=0, n=40, strategies=("raw",)):
    """Make features that agree, are shifted by a third, get noise in one condition, or change sign."""
    rng = np.random.default_rng(seed)
    truth = rng.lognormal(3, 0.2, n)
    parts = []
    for strategy in strategies:
        for condition in OF:
            new = condition.startswith("DLR")
            values = {
                "same": truth + rng.normal(0, 0.5, n),
                "shifted": truth * (1 + 0.33 * new) + rng.normal(0, 0.5, n),
                "noisy": truth + rng.normal(0, 0.5 + 2.5 * new, n),
                "signed": truth - truth.mean() + rng.normal(0, 0.5, n),
            }
            keys = {"strategy": strategy, "subject": [f"S{i}" for i in range(n)], "sequence": "T2", "roi": "liver"}
            named = {f"original_glcm_{name}": one for name, one in values.items()}
            parts.append(pd.DataFrame({**keys, "condition": condition, **named}))
    return pd.concat(parts, ignore_index=True)


def test_the_answers():
    found = pooling_table(table(), "REF", "DLR", EquivalenceMargin.parse("10%"), of=OF).set_index("feature")

    assert found["equivalent"].tolist() == ["yes", "no", "yes", "not shown"]
    assert found["interchangeable"].tolist()[:3] == ["yes", "no", "no"]
    assert found["pooled"].tolist() == ["yes", "no", "no", "not shown"]
    assert found["status"].tolist() == ["ok", "ok", "ok", "near_zero_mean"]


def test_without_logarithms_that_is_the_reason_where_there_are_repeats():
    log = EquivalenceMargin.parse("10%", log=True)
    found = pooling_table(table(), "REF", "DLR", log, of=OF).set_index("feature")
    assert found["status_gamma"].tolist() == ["ok", "ok", "ok", "no_logarithm"]
    assert found.loc["original_glcm_signed", "pooled"] == "not shown"


def test_without_repeats_the_means_alone_answer():
    made = table()
    made = made[made["condition"] != "REF+2"].replace({"condition": OF})
    found = pooling_table(made, "REF", "DLR", EquivalenceMargin.parse("10%", log=True))

    assert tuple(found.columns) == COLUMNS
    assert (found["status_gamma"] == "no_repeats").all()
    assert found["pooled"].tolist() == found["equivalent"].tolist() == ["yes", "no", "yes", "not shown"]


@pytest.mark.parametrize(("adjust", "method"), [("fdr", "fdr_bh"), ("holm", "holm")])
def test_a_family_is_a_strategy(adjust, method):
    found = pooling_table(
        table(1, 9, ("raw", "n4")), "REF", "DLR", EquivalenceMargin.parse("2.5"), of=OF, adjust=adjust
    )

    for _, one in found.groupby("strategy"):
        for name in ("", "_beyond", "_gamma"):
            np.testing.assert_allclose(one[f"q{name}"], multipletests(one[f"p{name}"], method=method)[1])


def test_margins_of_measurement_error():
    made = table(2)
    errors = measurement_error_table(made[made["condition"].isin(["REF+1", "REF+2"])])
    found = pooling_table(made, "REF", "DLR", EquivalenceMargin.parse("1wsd"), of=OF, errors=errors)
    np.testing.assert_allclose(found["margin_upper"], errors["rc"] / 2.771807, rtol=1e-6)
    log = pooling_table(made, "REF", "DLR", EquivalenceMargin.parse("1rc", log=True), of=OF, errors=errors)
    np.testing.assert_allclose(log["margin_upper"][:3], np.expm1(errors["rc_log"][:3]))
    with pytest.raises(ConfigurationError):
        pooling_table(made, "REF", "DLR", EquivalenceMargin.parse("1wsd"), of=OF)
    with pytest.raises(ConfigurationError):
        pooling_table(made, "REF", "DLX", EquivalenceMargin.parse("1"), of=OF)
