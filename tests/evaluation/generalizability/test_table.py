import numpy as np
import pandas as pd

from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.table import facet_tables
from harmonize.errors import ConfigurationError

DESIGN = FacetDesign((Facet("reader"), Facet("condition")))
LEVELS = {f"{reader}+{scan}": (reader, scan) for reader in ("A", "B") for scan in ("1", "2", "3")}


def table(seed=0, strategies=("raw", "n4")):
    rng = np.random.default_rng(seed)
    rows = [
        (strategy, f"S{i}", "T2", name, roi)
        for strategy in strategies
        for i in range(9)
        for name in LEVELS
        for roi in ("liver", "spleen")
    ]
    made = pd.DataFrame(rows, columns=["strategy", "subject", "sequence", "condition", "roi"])
    truth = made["subject"].map({f"S{i}": value for i, value in enumerate(rng.normal(10, 3, 9))})
    made["original_glcm_Contrast"] = truth + rng.normal(0, 1, len(made))
    made["original_firstorder_Mean"] = 5.0
    return made


def test_every_place_and_feature_has_its_rows():
    found = facet_tables(table(), DESIGN, LEVELS)
    keys = ["strategy", "sequence", "roi", "feature"]
    assert (found.components.groupby(keys).size() == 7).all()
    assert (found.coefficients.groupby(keys).size() == 6).all()
    assert (found.planned.groupby([*keys, "facet"]).size() == 8).all()
    assert set(found.components["strategy"]) == {"raw", "n4"}
    assert set(found.components.loc[found.components["feature"].str.endswith("Mean"), "status"]) == {"constant"}


def test_the_order_of_rows_does_not_matter():
    rows = table()
    keys = ["strategy", "sequence", "roi", "feature", "component"]
    found = facet_tables(rows, DESIGN, LEVELS).components.set_index(keys)["variance"].sort_index()
    shuffled = facet_tables(rows.sample(frac=1, random_state=1), DESIGN, LEVELS).components
    again = shuffled.set_index(keys)["variance"].sort_index()
    np.testing.assert_allclose(again, found, rtol=1e-7, atol=1e-9)


def test_shares_are_of_the_sum_of_all_components():
    found = facet_tables(table(), DESIGN, LEVELS).components
    sums = found.groupby(["strategy", "roi", "feature"])["share"].sum(min_count=1).dropna()
    np.testing.assert_allclose(sums, 1.0)


def test_a_condition_without_levels_is_refused(golden):
    with golden.error(ConfigurationError):
        facet_tables(table(), DESIGN, {name: levels for name, levels in LEVELS.items() if name != "B+3"})


def of_sessions(rename, seed=3):
    """Give three scans of one to three sessions of each subject; `rename` names a session of a subject."""
    rng = np.random.default_rng(seed)
    rows, levels = [], {}
    for subject in range(12):
        of_subject = rng.normal(10, 3)
        for session in range(1 + subject % 3):
            of_session = of_subject + rng.normal(0, 2)
            for scan in "abc":
                name = f"{rename(subject, session)}+{scan}"
                levels[name] = (rename(subject, session), scan)
                rows.append((f"S{subject:02}", name, of_session + rng.normal()))
    made = pd.DataFrame(rows, columns=["subject", "condition", "original_glcm_Contrast"])
    return made.assign(strategy="raw", sequence="T2", roi="liver"), levels


def test_nested_levels_are_numbered_in_their_subject_so_that_their_names_do_not_matter():
    design = FacetDesign((Facet("session", nested="subject"), Facet("scan")), pooled=("subject:scan", "scan"))
    same, unique, partly = (
        facet_tables(made, design, levels)
        for made, levels in map(
            of_sessions,
            (
                lambda _, session: str(session),
                lambda subject, session: f"{subject:02}-{session}",
                lambda subject, session: f"{subject % 4}-{session}",
            ),
        )
    )
    for other in (unique, partly):
        pd.testing.assert_frame_equal(other.components, same.components, rtol=1e-9)
        pd.testing.assert_frame_equal(other.coefficients, same.coefficients, rtol=1e-9)
        pd.testing.assert_frame_equal(other.planned, same.planned, rtol=1e-6)


def test_components_of_nested_sessions_are_those_of_the_mixed_model_of_statsmodels():
    """(1 | subject) + (1 | subject:session), as lme4 writes it."""
    import statsmodels.formula.api

    made, levels = of_sessions(lambda subject, session: f"{subject:02}-{session}")
    design = FacetDesign((Facet("session", nested="subject"), Facet("scan")), pooled=("subject:scan", "scan"))
    found = facet_tables(made, design, levels).components.set_index("component")["variance"]
    rows = made.rename(columns={"original_glcm_Contrast": "value"})
    rows["session"] = rows["condition"].str.split("+").str[0]
    model = statsmodels.formula.api.mixedlm(
        "value ~ 1", rows, groups="subject", re_formula="1", vc_formula={"session": "0 + C(session)"}
    ).fit(reml=True, method="bfgs", gtol=1e-10)
    wanted = [model.cov_re.iloc[0, 0], model.vcomp[0], model.scale]
    np.testing.assert_allclose(found[["subject", "subject:session", "residual"]], wanted, rtol=1e-4)


def test_levels_nested_in_a_facet_are_numbered_in_it():
    rng = np.random.default_rng(5)
    design = FacetDesign((Facet("site"), Facet("scanner", nested="site")))
    found = []
    for unique in (False, True):
        levels = {f"{s}+{m}": (s, f"{s}{m}" if unique else m) for s in "AB" for m in "12"}
        rng = np.random.default_rng(5)
        made = pd.DataFrame([(f"S{i}", name) for i in range(9) for name in levels], columns=["subject", "condition"])
        made["original_glcm_Contrast"] = np.repeat(rng.normal(10, 3, 9), 4) + rng.normal(0, 1, 36)
        found.append(facet_tables(made.assign(strategy="raw", sequence="T2", roi="liver"), design, levels))
    pd.testing.assert_frame_equal(found[0].components, found[1].components)
    assert set(found[1].components["status"]) <= {"ok", "boundary"}


def test_a_crossed_facet_of_dates_is_asked_about_before_anything_is_computed(golden):
    """Thirty dates that hardly any subjects share took ten seconds a feature, and told nothing."""
    rng = np.random.default_rng(0)
    rows = [(f"S{i}", f"2021-03-{1 + 2 * (i % 15) + visit:02d}") for i in range(17) for visit in range(2)]
    table = pd.DataFrame(rows, columns=["subject", "condition"]).assign(strategy="none", sequence="T2", roi="liver")
    table["original_glcm_Contrast"] = rng.normal(10, 3, len(rows))
    levels = {date: (date,) for date in table["condition"]}
    with golden.error(ConfigurationError):
        facet_tables(table, FacetDesign((Facet("date"),)), levels)
    nested = facet_tables(table, FacetDesign((Facet("date", nested="subject"),)), levels)
    assert nested.components["variance"].notna().all()
    readers = {name: (name,) for name in (f"R{number}" for number in range(9))}
    few = pd.DataFrame(
        [(f"S{i}", f"R{(i + k) % 9}") for i in range(20) for k in range(2)], columns=["subject", "condition"]
    )
    few = few.assign(strategy="none", sequence="T2", roi="liver", original_glcm_Contrast=rng.normal(size=40))
    assert facet_tables(few, FacetDesign((Facet("reader"),)), readers).components["variance"].notna().any()
