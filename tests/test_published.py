"""The page of published results: its tables are what its commands leave, run here as they stand on it."""

import itertools
import json
import re
import shlex
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.cli import radharmony

pytestmark = pytest.mark.data

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "published.md").read_text(encoding="utf-8")
SECTIONS = dict(part.split("\n", 1) for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:])
PROSTATE = ("WholeGland", "PeripheralZone", "TumorROI_PZ_1")
WIDTHS = ("bin10", "bin20", "bin40")


def run(command):
    """Run a command of the page in this process, and give what it prints."""
    program, *arguments = shlex.split(command.replace("\\\n", " "))
    assert program == "radharmony"
    result = CliRunner().invoke(radharmony, arguments)
    assert result.exit_code == 0, (command, result.output, result.exception)
    return result.output


@pytest.fixture(scope="module")
def section(data_root, reference_root, tmp_path_factory):
    """Give a function that runs the Python and the commands of a section once, and gives both what these print."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "data").symlink_to(data_root)
    (folder / "reference").symlink_to(reference_root)

    @cache
    def made(title):
        blocks = re.findall(r"^```(\w*)\n(.*?)^```", SECTIONS[title], flags=re.DOTALL | re.MULTILINE)
        for code in (text for kind, text in blocks if kind == "python"):
            exec(code, {})  # noqa: S102
        commands = [one for kind, text in blocks if not kind for one in re.split(r"\n(?=radharmony)", text.strip())]
        return [(one, run(one)) for one in commands]

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield made


def table(head, rows):
    """Write a table as pages have it."""
    lines = [f"| {' | '.join(map(str, row))} |" for row in (head, *rows)]
    return "\n".join((lines[0], "|" + "---|" * len(head), *lines[1:], ""))


def compared(*rows):
    """Write what was published beside what was found; a number that differs in its last digit needs a reason."""
    lines = []
    for name, published, found, *why in rows:
        digits = len(published.partition(".")[2])
        same = f"{found:.{digits}f}" == published
        assert same != bool(why), (name, published, found)
        lines.append((name, published, f"{found:.{digits + 2}f}", "yes" if same else f"no: {why[0]}"))
    return table(("what", "published", "radharmony", "agrees"), lines)


def estimates(path, statistic="icc", column="estimate"):
    rows = pd.read_csv(path)
    return rows.loc[rows["statistic"] == statistic, column].item()


@pytest.fixture(scope="module")
def prostate(section):
    """Give the ICCs of the prostate study, with filter and class of each feature."""
    section("Test and retest of the prostate")
    rows = pd.read_parquet("prostate.parquet").query("statistic == 'icc'").reset_index(drop=True)
    rows[["filter", "class", "name"]] = rows["feature"].str.split("_", n=2, expand=True)
    return rows


def test_the_prostate_study(prostate):
    lines = []
    for roi, width in itertools.product(PROSTATE, WIDTHS):
        rows = prostate[(prostate["roi"] == roi) & (prostate["strategy"] == width)]
        icc = rows["estimate"]
        volume = icc[rows["feature"] == "original_shape_Volume"].item()
        n = rows["n"].unique().item()
        lines.append(
            (roi, width[3:], n, f"{volume:.2f}", f"{icc.median():.2f}", (icc > 0.85).sum(), (icc < 0).sum(), len(icc))
        )
    head = ("structure", "bin width", "patients", "volume", "median", "above 0.85", "below 0", "features")
    assert table(head, lines) in PAGE

    texture = prostate[prostate["class"].isin(["glcm", "glrlm", "glszm"])]
    wide = texture.pivot(index=["roi", "feature"], columns="strategy", values="estimate")
    lines = []
    for roi in PROSTATE:
        fine, coarse = wide.loc[roi, "bin10"], wide.loc[roi, "bin40"]
        lines.append((roi, len(fine), (fine > coarse).sum(), (coarse > fine).sum(), f"{(coarse - fine).median():+.3f}"))
    head = ("structure", "texture features", "higher at 10", "higher at 40", "median change from 10 to 40")
    assert table(head, lines) in PAGE


def test_their_formula_gives_the_same(prostate):
    """Between and within mean squares of two time points, (B - W) / (B + W), as in the code of the study."""
    path = "data/qin_prostate_repeat/pyRadiomicsFeatures_biasCorrectedT2AX_FullStudySettings_2D_bin20.csv.gz"
    visits = pd.read_csv(path, sep=";").sort_values("study")
    visits = visits[visits["segmentedStructure"] == "TumorROI_PZ_1"]
    patient = visits["study"].str.partition("_")[0]
    visits = visits[patient.map(patient.value_counts()) == 2]
    found = prostate.query("roi == 'TumorROI_PZ_1' and strategy == 'bin20'").set_index("feature")["estimate"]
    first, second = visits[found.index].to_numpy(float)[::2], visits[found.index].to_numpy(float)[1::2]
    between = 2 * ((first + second) / 2).var(axis=0, ddof=1)
    within = ((first - second) ** 2 / 2).mean(axis=0)
    assert len(first) == 11
    assert found.to_numpy() == pytest.approx((between - within) / (between + within), abs=1e-9)


def test_the_filters_of_the_prostate_study(prostate):
    rows = prostate[prostate["class"] != "shape"]
    wide = rows.pivot(index=["strategy", "roi", "class", "name"], columns="filter", values="estimate")
    gains = wide.drop(columns="original").gt(wide["original"], axis=0).groupby(["roi", "strategy"]).sum()
    assert wide.groupby(["roi", "strategy"]).size().eq(72).all()
    lines = []
    for name in gains:
        cells = [", ".join(str(gains.loc[(roi, width), name]) for width in WIDTHS) for roi in PROSTATE]
        lines.append((name, *cells))
    assert table(("filter", *PROSTATE), lines) in PAGE
    everywhere = [name for name in gains if (gains.loc[list(PROSTATE), name] > 36).all()]
    assert everywhere == ["wavelet-LH"]  # as the text says
    assert not (gains == 72).any().any()


def test_shrout_and_fleiss(section):
    section("Shrout and Fleiss, 1979")
    components = pd.read_parquet("judges/variance_components.parquet").set_index("component")["variance"]
    coefficients = pd.read_parquet("judges/coefficients.parquet").set_index("coefficient")["estimate"]
    rows = [
        ("ICC(1,1)", "0.17", estimates("one.csv")),
        ("its lower limit", "-0.13", estimates("one.csv", column="lower")),
        ("its upper limit", "0.72", estimates("one.csv", column="upper")),
        ("ICC(2,1), here Φ", "0.29", coefficients["phi"]),
        ("ICC(3,1), here G", "0.71", coefficients["g"]),
        ("ICC(1,4)", "0.44", estimates("mean.csv")),
        ("ICC(2,4), here Φ of the mean", "0.62", coefficients["phi_mean"]),
        ("ICC(3,4), here G of the mean", "0.91", coefficients["g_mean"]),
        ("mean square between targets", "11.24", 4 * components["subject"] + components["residual"]),
        ("mean square between judges", "32.49", 6 * components["judge"] + components["residual"]),
        ("residual mean square", "1.02", components["residual"]),
    ]
    assert compared(*rows) in PAGE


def test_bland_and_altman(section):
    section("Bland and Altman, 1986")
    low, high = (estimates("agreement.csv", f"loa_{end}") for end in ("lower", "upper"))
    two, limit = "1.96 SD", "1.96 SD and their later variance"
    rows = [
        ("mean difference, Wright - mini", "-2.1", estimates("agreement.csv", "bias")),
        ("its lower limit", "-22.0", estimates("agreement.csv", "bias", "lower")),
        ("its upper limit", "17.8", estimates("agreement.csv", "bias", "upper")),
        ("SD of the differences", "38.8", (high - low) / 3.92),
        ("lower limit of agreement", "-79.7", low, two),
        ("upper limit of agreement", "75.5", high, two),
        ("lower limit of the lower one", "-114.3", estimates("agreement.csv", "loa_lower", "lower"), limit),
        ("upper limit of the upper one", "110.1", estimates("agreement.csv", "loa_upper", "upper"), limit),
        ("within-subject SD of the Wright meter", "15.3", estimates("repeatability.csv", "wsd")),
        ("CCC of the meters", "0.9427424314", estimates("agreement.csv", "ccc")),
        ("its lower limit", "0.8504919", estimates("agreement.csv", "ccc", "lower")),
        ("its upper limit", "0.9787263", estimates("agreement.csv", "ccc", "upper")),
    ]
    assert compared(*rows) in PAGE


def test_combat(section, data_root):
    ((command, _),) = section("ComBat's own data")
    outputs = data_root / "combat_fortin" / "outputData"
    flags = ("--nonparametric", "--categorical group", "--mean-only", "--no-empirical-bayes", "--reference one")
    largest, sets = 0.0, 0
    for kind in itertools.product((True, False), repeat=5):
        run(" ".join((command, *(flag for flag, used in zip(flags, kind, strict=True) if used))))
        found = pd.read_csv("harmonized.csv").filter(regex=r"^g\d").to_numpy().T
        free, adjusted, mean, plain, reference = kind
        name = ("non" if free else "") + f"parametric_{'' if adjusted else 'un'}adjusted"
        name += ("_noeb" if plain else "") + ("_meanonly" if mean else "") + ("_batchref" if reference else "")
        expected = pd.read_csv(outputs / f"testdata_combat_{name}_r.csv").to_numpy()
        largest, sets = max(largest, float(np.abs(found - expected).max())), sets + 1
    assert largest < 1e-10
    assert f"The {sets} tables agree with R's: no value differs by more than 1e-10." in PAGE


def test_the_phantom_of_the_ibsi(section):
    ((_, printed),) = section("The phantom of the IBSI")
    counts = json.loads(printed)["counts"]
    assert table(("features on the phantom", "values"), counts.items()) in PAGE


def test_lme4(section, reference_root):
    section("Components of variance by lme4")
    answers = pd.read_csv(reference_root / "facets" / "facets_lme4.csv").query("model == 'random'")
    answers = answers.replace({"component": {"Residual": "residual"}})
    largest = {}
    for kind in ("complete", "missing"):
        found = pd.read_parquet(f"{kind}/variance_components.parquet")
        both = found.merge(answers[answers["set"] == kind], on=["feature", "component"], suffixes=("", "_r"))
        assert len(both) == 42
        total = both.groupby("feature")["variance_r"].transform("sum")
        largest[kind] = ((both["variance"] - both["variance_r"]).abs() / total).max()
    assert max(largest.values()) < 1e-6
    assert "no component differs by more than 1e-6 of all variance" in " ".join(PAGE.split())


def test_every_section_is_tested():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [title for title in SECTIONS if f'section("{title}")' not in source] == ["What is not compared"]
