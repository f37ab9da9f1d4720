import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ComBat, CovBat
from harmonize.combat.covbat import _components
from harmonize.errors import ConfigurationError


def simulate(seed=0, rows=120, p=8, **more):
    rng = np.random.default_rng(seed)
    codes = np.repeat([0, 1, 2], rows // 3)
    common = rng.normal(size=(rows, 1)) * np.array([0.3, 1.0, 2.0])[codes, None]
    values = common + rng.normal(size=(rows, p)) + rng.normal(size=(3, p))[codes]
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(p)])
    return table.assign(scanner=np.array(["A", "B", "C"])[codes], **more)


def test_follows_the_published_steps():
    """Computed here step by step with all components turned back, for one table without covariates."""
    table = simulate()
    values, codes = table.filter(like="f").to_numpy(), np.repeat([0, 1, 2], 40)
    combat = ComBat("scanner").fit(table)
    adjusted = combat.transform(table)
    unit = np.sqrt(combat.effects_.pooled_variance)
    e = (adjusted - combat.effects_.grand_mean) / unit
    scaled = (e - e.mean(axis=0)) / e.std(axis=0, ddof=1)
    variances, axes = np.linalg.eigh(scaled.T @ scaled)
    variances, axes = variances[::-1], axes[:, ::-1]
    n = int(np.argmax(np.cumsum(variances) / variances.sum() > 0.8)) + 1
    scores = scaled @ axes
    for k in range(n):
        s = scores[:, k].copy()
        within = np.sqrt(np.mean([(s[i] - s[codes == codes[i]].mean()) ** 2 for i in range(len(s))]))
        for b in range(3):
            z = (s[codes == b] - s.mean()) / within
            scores[codes == b, k] = (z - z.mean()) / z.std(ddof=1) * within + s.mean()
    expected = (scores @ axes.T * e.std(axis=0, ddof=1) + e.mean(axis=0)) * unit + combat.effects_.grand_mean
    model = CovBat("scanner", explained_variance=0.8)
    np.testing.assert_allclose(model.fit_transform(table), expected, atol=1e-11)
    assert model.rotation_.shape == (8, n)
    assert values.shape == expected.shape


def test_brings_covariances_closer_than_combat():
    table = simulate()

    def spread(values):
        covariances = [np.cov(values[rows].T) for rows in np.split(np.arange(120), 3)]
        return max(np.linalg.norm(a - b) for a in covariances for b in covariances)

    assert spread(CovBat("scanner").fit_transform(table)) < 0.8 * spread(ComBat("scanner").fit_transform(table))


@pytest.mark.parametrize("options", [{}, {"reference": "B"}, {"mean_only": True}, {"continuous": "age"}])
def test_laws(options, tmp_path, golden):
    more = {"age": np.random.default_rng(3).uniform(20, 80, 120)} if "continuous" in options else {}
    table = simulate(**more).assign(constant=1.5)
    names = [name for name in table if name.startswith("f")] + ["constant"]
    model = CovBat("scanner", **options).fit(table)
    harmonized = model.transform(table)
    np.testing.assert_array_equal(CovBat("scanner", **options).fit_transform(table), harmonized)
    np.testing.assert_allclose(model.transform(table.iloc[[5, 70]]), harmonized[[5, 70]], rtol=1e-10)
    assert (harmonized[:, names.index("constant")] == 1.5).all()
    if "reference" in options:
        np.testing.assert_array_equal(harmonized[40:80], table[names].to_numpy()[40:80])
    back = model.inverse_transform(table.assign(**dict(zip(names, harmonized.T, strict=True))))
    np.testing.assert_allclose(back, table[names].to_numpy(), atol=1e-10)
    model.save(tmp_path / "m.json")
    np.testing.assert_array_equal(CovBat.load(tmp_path / "m.json").transform(table), harmonized)
    with golden.error(ConfigurationError):
        ComBat.load(tmp_path / "m.json")


def test_more_features_than_rows():
    table = simulate(rows=60, p=200)
    assert np.isfinite(CovBat("scanner").fit_transform(table)).all()


def test_missing_values_are_refused(golden):
    table = simulate()
    table.loc[3, "f2"] = np.nan
    with golden.error(ConfigurationError):
        CovBat("scanner").fit(table)


def test_explained_variance_is_checked(golden):
    with golden.error(ConfigurationError):
        CovBat("scanner", explained_variance=2).fit(simulate())


@pytest.mark.parametrize("shape", [(620, 510), (510, 620)])
def test_components_of_large_tables_are_those_of_a_singular_value_decomposition(shape):
    values = np.random.default_rng(0).normal(size=shape) * np.linspace(0.1, 3.0, shape[1])
    values -= values.mean(axis=0)
    scores, singular, axes = _components(values)
    np.testing.assert_allclose(singular, np.linalg.svd(values, compute_uv=False)[: len(singular)], rtol=1e-9)
    np.testing.assert_allclose(scores @ axes, values, atol=1e-8)
