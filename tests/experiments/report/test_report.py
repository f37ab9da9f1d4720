import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from experiments.folder.run_folder import RunFolder
from experiments.page import Context
from experiments.report import write_report
from experiments.report.registry import sections
from experiments.report.render import draw, render, summarize
from harmonize.errors import ConfigurationError

VOID = {"wbr", "meta", "link", "br", "img", "input", "hr"}
EXPECTED = ("found", "where", "strategies", "damage", "whitelists", "spread", "study", "failures", "methods")


class Page(HTMLParser):
    """The parts of a page that the tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if "script" in self.open:
            self.scripts.append(data)
        elif "style" not in self.open:
            self.text.append(data)
        if self.rows and ("td" in self.open or "th" in self.open):
            self.rows[-1][-1] += data

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


@pytest.fixture(scope="module")
def plain(run_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = run_writer(tmp_path_factory.mktemp("plain") / "run")
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def page(plain: Path) -> Page:
    return Page((plain / "report.html").read_text(encoding="utf-8"))


def test_page_needs_nothing_from_outside(plain: Path, page: Page) -> None:
    links = page.values("href") + page.values("xlink:href")
    assert all(link.startswith(("#", "https://doi.org/")) for link in links)
    assert {tag for tag, name, value in page.attributes if name == "href" and value.startswith("http")} == {"a"}
    assert page.values("src") == []
    assert not {"link", "iframe", "object", "embed", "base", "img", "form"} & set(page.tags)
    text = (plain / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"@import|@font-face|url\((?!#)", text)
    # What remains are the names of the SVG namespaces and the two DOIs.
    assert set(re.findall(r"https?://[^/\"')\s]+", text)) <= {"http://www.w3.org", "https://doi.org"}


def test_page_has_every_section_and_a_contents_list(page: Page) -> None:
    ids = page.values("id")
    assert [name for name in ids if name in EXPECTED] == list(EXPECTED)
    assert [link[1:] for link in page.values("href") if link.startswith("#")][1 : len(EXPECTED) + 1] == list(EXPECTED)
    assert ("html", "lang", "en") in page.attributes


def test_markup_is_balanced_and_every_reference_has_its_target(page: Page) -> None:
    assert page.unbalanced == []
    assert page.open == []
    ids = page.values("id")
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    inside = [value[1:] for name in ("href", "xlink:href") for value in page.values(name) if value.startswith("#")]
    inside += re.findall(r"url\(#([^)]+)\)", " ".join(page.values("clip-path")))
    inside += page.values("aria-labelledby")
    assert set(inside) <= set(ids)


def test_numbers_are_those_of_the_tables(plain: Path, page: Page) -> None:
    summary = pd.read_csv(plain / "summary.csv")
    strategies = pd.read_csv(plain / "strategies.csv")
    text = "".join(page.text)
    for row in summary[summary["by"] == "overall"].itertuples():
        told = row.text
        if row.direction == "below":  # it stood as 0.14 beside "< 10 %"
            median, low, high = (f"{100 * one:.1f}" for one in (row.median, row.q1, row.q3))
            told = f"{median} ({low}, {high})\N{NO-BREAK SPACE}%"
        assert told in text
        assert any(f"{row.passing} of {row.n_total}" in cell for cells in page.rows for cell in cells)
    for row in strategies.itertuples():
        found = [cells for cells in page.rows if cells[0].startswith(row.strategy) and len(cells) == 6]
        assert len(found) == 1
        whitelist = next(
            content
            for content in (json.loads(path.read_text("utf-8")) for path in (plain / "whitelists").iterdir())
            if content["strategy"] == row.strategy
        )
        size = sum(len(names) for rois in whitelist["features"].values() for names in rois.values())
        assert size == row.whitelist_size
        limits = f"{100 * row.robust_share_lower:.0f} to {100 * row.robust_share_upper:.0f}\u00a0%"
        told = f"{size} of {row.considered} ({100 * row.robust_share:.0f}\u00a0%)"
        assert found[0][2] == f"{told}95\u00a0%: {limits}"
        assert found[0][3:] == [str(row.everywhere), str(row.rows), str(row.failures)]
    best = strategies.loc[strategies["robust_share"].idxmax()]
    assert f"“{best['strategy']}” keeps the most robust features: {best['whitelist_size']} of" in text


def test_the_comparison_is_that_of_its_tables(plain: Path, page: Page) -> None:
    shares = pd.read_csv(plain / "comparison" / "shares.csv").query("by == 'overall' and statistic == 'reproducible'")
    ranks = pd.read_csv(plain / "comparison" / "ranks.csv").query("statistic == 'reproducible'").set_index("strategy")
    rows = {cells[0]: cells for cells in page.rows if len(cells) == 8 and cells[-1].endswith("\u00a0%")}
    assert list(rows) == list(ranks.index)
    assert rows[ranks.index[0]][1].strip() == "baseline"
    for share in shares.to_dict("records"):
        told = rows[share["strategy"]]
        expected = f"{100 * share['difference']:.1f}".replace("-", "\N{MINUS SIGN}")
        assert told[1].startswith(f"{expected} (")
        assert told[1].endswith(f"q {share['q']:.3f}")
        assert told[-2].startswith(f"{ranks.loc[share['strategy'], 'rank']:.1f} (")


def test_damage_is_that_of_the_effects(plain: Path, page: Page) -> None:
    effects = pd.read_parquet(plain / "effects.parquet")
    (rows,) = ([cells for cells in page.rows if cells[0] == name and len(cells) == 8] for name in ["z-score"])
    first = effects[effects["strategy"] == "z-score"]
    counts = [str((first[f"{name}_q"] < 0.05).sum()) for name in ("acquisition", "reconstruction", "interaction")]
    assert any(cells[2:5] == counts for cells in rows)
    share = 100 * first["share_acquisition"].mean()
    assert f"the average feature owes {share:.1f}\u00a0% of its variance to acquisition" in "".join(page.text)
    tests = pd.read_parquet(plain / "tests.parquet")
    friedman = tests[(tests["test"] == "friedman") & (tests["strategy"] == "z-score")]
    told = f"{(friedman['q'] < 0.05).sum()} of {friedman['p'].notna().sum()}"
    assert any(cells[:2] == ["z-score", told] for cells in page.rows)


def test_two_conditions_have_no_effects_and_say_so(run_writer: Callable[..., Path], tmp_path: Path) -> None:
    folder = run_writer(tmp_path / "run", conditions=("REF+STD", "ACC+STD"), subjects=["S1", "S2"])
    page = Page(write_report(folder).read_text(encoding="utf-8"))
    text = "".join(page.text)
    assert "The effects of two factors were not estimated: reconstruction has 1 level (STD)" in text
    assert "With 2 subjects the p of Wilcoxon's test cannot be below 0.5, so that it can find nothing." in text
    assert page.unbalanced == []


def test_names_from_the_data_cannot_become_markup(
    run_writer: Callable[..., Path], odd_name: str, many_failures: list[object], tmp_path: Path
) -> None:
    folder = run_writer(
        tmp_path / "run",
        name=odd_name,
        subjects=[odd_name, "S02", "S03", "S04"],
        rois=[odd_name, "肝臓"],
        sequences=[f"{odd_name}'\""],
        strategies=["$x$ & é", "as it is"],
        failures=many_failures,
        findings=[{"level": "error", "kind": "x", "where": odd_name, "problem": "</table>", "advice": "<b>"}],
    )
    page = Page(write_report(folder).read_text(encoding="utf-8"))
    text = "".join(page.text)
    assert page.tags["script"] == 2
    assert [value for tag, name, value in page.attributes if tag == "script" and name == "type"] == ["application/json"]
    data, program = page.scripts
    assert "alert(" not in program
    assert not set("<>&") & set(data)
    assert json.loads(data)["axes"][2][0] == odd_name
    assert "img" not in page.tags
    assert page.values("onerror") == []
    assert page.unbalanced == []
    assert text.count(odd_name) > 500
    assert "<img src=x onerror=y>" in text
    assert "$x$ & é" in text
    assert "700 failures" in text
    assert "The first 500 are shown" in text


def test_one_strategy_has_no_overlap_and_no_rival(run_writer: Callable[..., Path], tmp_path: Path) -> None:
    page = Page(write_report(run_writer(tmp_path / "run", strategies=["as it is"])).read_text(encoding="utf-8"))
    text = "".join(page.text)
    assert "Under “as it is”, " in text
    assert "There is one strategy, so there is no overlap to show." in text
    assert "The strategies were not compared by a test: comparison: the feature table has one strategy" in text
    assert "Nothing failed." in text


def test_strategy_without_features_is_shown_as_such(run_writer: Callable[..., Path], tmp_path: Path) -> None:
    folder = run_writer(tmp_path / "run", strategies=["as it is", "z-score"], empty=["broken"])
    page = Page(write_report(folder).read_text(encoding="utf-8"))
    (row,) = [cells for cells in page.rows if cells[0] == "broken" and len(cells) == 6]
    assert row[2:] == ["nothing computed", "0", "0", "0"]
    assert "“broken” gave no features at all" in "".join(page.text)


def test_only_parameters_that_differ_stand_in_the_comparison(page: Page) -> None:
    (row,) = [cells for cells in page.rows if cells[0] == "N4, then z-score" and len(cells) == 6]
    assert "not extracted alike" not in "".join(page.text)
    assert row[1] == "N4 bias field correctionz-score (region foreground)"
    (row,) = [
        cells for cells in page.rows if cells[0] == "N4, then z-score" and len(cells) == 3 and "N4 bias" in cells[1]
    ]
    assert "shrink 4, iterations 50, 50, 30" in row[1]


def test_no_robust_feature_is_said_plainly(run_writer: Callable[..., Path], tmp_path: Path) -> None:
    page = Page(write_report(run_writer(tmp_path / "run", noise=500.0)).read_text(encoding="utf-8"))
    text = "".join(page.text)
    assert "No feature is robust under any strategy: none of 84 combinations" in text
    assert "keeps the most robust" not in text


def test_same_run_gives_the_same_bytes_and_a_small_file(plain: Path, tmp_path: Path) -> None:
    again = shutil.copytree(plain, tmp_path / "again")
    (again / "report.html").unlink()
    first = (plain / "report.html").read_bytes()
    assert write_report(again).read_bytes() == first
    assert len(first) < 3_000_000


def test_what_the_page_says_is_plain_values(plain: Path) -> None:
    """All of it goes through JSON, and the page of what comes back is the same."""
    run = RunFolder.open(plain)
    context = Context(run, sections())
    summary = summarize(context)
    assert list(summary) == [name for name in sections() if name in summary]
    again = json.loads(json.dumps(summary, allow_nan=False))
    pictures = draw(context, summary)
    page = render(summary, pictures, context.sections)
    assert render(again, pictures, context.sections) == page == (plain / "report.html").read_text(encoding="utf-8")


def test_pictures_are_left_as_files(plain: Path) -> None:
    found = {path.relative_to(plain / "figures").as_posix() for path in (plain / "figures").rglob("*.svg")}
    assert {
        "as it is/variance.svg",
        "variance-key.svg",
        "z-score/variance.svg",
        "overlap.svg",
        "classes.svg",
        "distribution-icc.svg",
    } <= found


@pytest.mark.parametrize("name", ["../out", "a/b", "..", ".hidden"])
def test_strategy_cannot_name_a_place_elsewhere(
    run_writer: Callable[..., Path], name: str, tmp_path: Path, golden
) -> None:
    folder = run_writer(tmp_path / "run", strategies=[name], subjects=["S1", "S2"], rois=["liver"])
    with golden.error(ConfigurationError):
        write_report(folder)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name",
    [
        "run.json",
        "audit.json",
        "features.parquet",
        "reliability.parquet",
        "summary.csv",
        "strategies.csv",
        "failures.csv",
        "whitelists/0.json",
        "comparison/summary.csv",
        "comparison/shares.csv",
        "comparison/ranks.csv",
        "effects.parquet",
        "tests.parquet",
    ],
)
@pytest.mark.parametrize("how", ["missing", "empty", "garbled"])
def test_file_that_cannot_be_read_is_named(plain: Path, name: str, how: str, tmp_path: Path, golden) -> None:
    folder = shutil.copytree(plain, tmp_path / "run")
    path = folder / name
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(b"" if how == "empty" else b"\x00\xff garbled, \xfe not what it was")
    with golden.error(ConfigurationError):
        write_report(folder)


def test_whitelist_that_was_changed_is_refused(
    plain: Path, reseal: Callable[..., None], tmp_path: Path, golden
) -> None:
    folder = shutil.copytree(plain, tmp_path / "run")
    path = folder / "whitelists" / "0.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["features"]["HASTE"]["liver"] = [*content["features"]["HASTE"]["liver"], "original_glcm_Autocorrelation"]
    path.write_text(json.dumps(content), encoding="utf-8")
    with golden.error(ConfigurationError):
        write_report(folder)
    reseal(folder)
    with golden.error(ConfigurationError):
        write_report(folder)


def test_folder_that_is_not_there_is_named(tmp_path: Path, golden) -> None:
    with golden.error(ConfigurationError):
        write_report(tmp_path / "nowhere")


def test_what_two_subjects_do_not_tell_is_not_computed_on_the_page(
    run_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """The page said 0 of 84 (0 %), a difference of 0.0 and a ratio of nan."""
    page = Page(write_report(run_writer(tmp_path / "run", subjects=("S1", "S2"))).read_text(encoding="utf-8"))
    text = " ".join("".join(page.text).split())
    assert "no share of robust features is known" in text
    compared = next(i for i, row in enumerate(page.rows) if "Difference of robust share" in row)
    names = {row[0]: row[1] for row in page.rows[compared + 1 : compared + 5]}
    assert sorted(names.values()) == ["baseline", "not computed", "not computed", "not computed"]
    assert not any("nan" in cell.split() for row in page.rows for cell in row)
