import numpy as np

from harmonize.combat.component_scores import ComponentScores

NO = np.empty((60, 0))


def test_they_are_the_principal_components_of_features_standardized_within_batches():
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1], 30)
    values = rng.normal(size=(60, 3)) @ rng.normal(size=(3, 8)) + 9.0 * codes[:, None]
    found = ComponentScores.fit(values, NO, codes, list("abcdefgh"), 2)
    within = values - np.array([values[codes == code].mean(axis=0) for code in (0, 1)])[codes]
    expected = PCA(2).fit_transform(StandardScaler().fit_transform(within))
    np.testing.assert_allclose(np.abs(found.scores(values, NO, codes)), np.abs(expected), atol=1e-10)


def test_covariates_are_out_of_them_and_constant_features_have_no_part():
    rng = np.random.default_rng(1)
    age, codes = rng.normal(size=(60, 1)), np.zeros(60, dtype=np.intp)
    values = np.column_stack([rng.normal(size=(60, 4)) + 5.0 * age, np.full(60, 3.0)])
    found = ComponentScores.fit(values, age, codes, list("abcde"), 9)
    scores = found.scores(values, age, codes)
    assert found.per_unit[4] == 0.0
    assert scores.shape == (60, 5)
    np.testing.assert_allclose(age.T @ (scores - scores.mean(axis=0)), 0.0, atol=1e-9)
