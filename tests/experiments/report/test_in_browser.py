"""The page in a real browser: a field of a map, the keyboard, folded parts, a phone, paper."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.report import write_report

Visit = Callable[..., Any]

HEIGHT = 8_000
"""Pixels: a page of this height is read in two minutes."""


def test_a_click_on_a_field_lists_its_features(visit: Visit, odd_name: str) -> None:
    told = visit("""
        const field = document.querySelectorAll("table.map")[1].tBodies[0].rows[0].cells[2];
        field.querySelector("button").click();
        const rows = [...document.querySelectorAll("#cell-table tbody tr")];
        return {
          share: Number(field.textContent),
          title: document.getElementById("cell-title").textContent,
          focused: document.activeElement.id,
          rows: rows.length,
          robust: rows.filter((row) => row.cells[1].textContent === "yes").length,
          agree: rows.every((row) => (row.cells[1].textContent === "yes") ===
            (Number(row.cells[2].dataset.v) > 0.9 && Number(row.cells[3].dataset.v) > 0.9)),
          constant: rows.find((row) => row.cells[0].textContent.endsWith("firstorder_Entropy")).textContent,
          pressed: document.querySelectorAll('button[aria-pressed="true"]').length,
          images: document.querySelectorAll("img").length,
        };
    """)
    assert told["title"] == f"as it is: {odd_name} in HASTE, ACC+STD"
    assert told["focused"] == "cell-title"
    assert told["rows"] == 28
    assert told["share"] == round(100 * told["robust"] / 28)
    assert 0 < told["robust"] < 28
    assert told["agree"]
    assert "not computed" in told["constant"]
    assert "ICC, CCC, CV, QCD: constant" in told["constant"]
    assert told["pressed"] == 1
    assert told["images"] == 0


def test_every_condition_lists_the_whitelist(visit: Visit) -> None:
    told = visit("""
        const button = document.querySelector("table.map").tBodies[0].rows[1].cells[4].querySelector("button");
        button.click();
        const verdict = document.getElementById("cell-verdict");
        verdict.value = "1";
        verdict.dispatchEvent(new Event("change"));
        const names = [...document.querySelectorAll("#cell-table tbody th")].map((cell) => cell.textContent);
        const lists = [...document.querySelectorAll("details table")].filter((table) =>
          table.parentElement.getAttribute("aria-label") === "Whitelist of z-score");
        const row = [...lists[0].tBodies[0].rows].find((row) =>
          row.cells[0].textContent === "HASTE" && row.cells[1].textContent === "spleen");
        return { at: button.dataset.at, names, expected: row.cells[3].textContent.split(", ") };
    """)
    assert told["at"] == "0 0 1 3"
    assert sorted(told["names"]) == told["expected"]


def test_keys_move_between_fields_and_back(visit: Visit) -> None:
    told = visit("""
        const press = (key) =>
          document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        const map = document.querySelector("table.map");
        const stops = map.querySelectorAll('button[tabindex="0"]');
        stops[0].focus();
        press("ArrowRight");
        press("ArrowDown");
        press("ArrowDown");
        const moved = document.activeElement.dataset.at;
        const still = map.querySelectorAll('button[tabindex="0"]').length;
        document.activeElement.click();
        document.getElementById("cell-back").click();
        return { stops: stops.length, moved, still, back: document.activeElement.dataset.at };
    """)
    assert told == {"stops": 1, "moved": "0 0 1 1", "still": 1, "back": "0 0 1 1"}


@pytest.fixture(scope="module")
def founding(run_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of seven subjects, one sequence, two acquisitions and two reconstructions."""
    folder = tmp_path_factory.mktemp("founding") / "run"
    return write_report(run_writer(folder, subjects=[f"S{number}" for number in range(1, 8)])).read_text("utf-8")


def test_the_page_of_a_small_study_is_short_and_opens_with_what_was_found(visit: Visit, founding: str) -> None:
    """It was 13 608 pixels high, and 22 261 with pictures; the order of strategies stood below the first screen."""
    told = visit(
        """
        const bottom = (place) => place.getBoundingClientRect().bottom;
        const section = document.querySelector("main > section");
        return {
          height: document.documentElement.scrollHeight,
          first: section.querySelector("h2").textContent,
          found: bottom(section.querySelector(".found")),
          ranking: bottom(section.querySelector("svg")),
          open: [...document.querySelectorAll("main details[open]")].length,
          longest: Math.max(...[...document.querySelectorAll("main table")].filter((one) => one.checkVisibility())
            .map((one) => one.tBodies[0].rows.length)),
        };
        """,
        page=founding,
    )
    assert told["height"] <= HEIGHT
    assert told["first"] == "What was found"
    assert max(told["found"], told["ranking"]) <= 800
    assert told["open"] == 0
    assert told["longest"] <= 12


def test_one_button_opens_all_parts_and_folds_them(visit: Visit) -> None:
    told = visit("""
        const count = () => document.querySelectorAll("main details:not([open])").length;
        const button = document.getElementById("unfold");
        const counts = [count()];
        for (let time = 0; time < 2; time += 1) {
          button.click();
          counts.push(count());
        }
        return counts;
    """)
    assert told[0] == told[2] > 0
    assert told[1] == 0


def test_a_phone_is_told_where_more_is_to_the_side(visit: Visit) -> None:
    told = visit(
        """
        for (const details of document.querySelectorAll("details")) details.open = true;
        const places = [...document.querySelectorAll(".scroll")].filter((one) => one.checkVisibility());
        const cue = (one) => getComputedStyle(one, "::before").content;
        const look = () => places.map((one) => [one.scrollWidth > one.clientWidth + 1, cue(one).includes("scroll")]);
        for (let time = 0; time < 250 && look().some(([wide, cued]) => wide !== cued); time += 1) {
          await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))); // cues are drawn with a frame
        }
        return look();
        """,
        400,
    )
    assert {wide for wide, _ in told} == {True, False}
    assert all(wide == cued for wide, cued in told)


def test_no_word_is_broken_on_a_phone(visit: Visit, founding: str) -> None:
    """Names of features were cut wherever the column ended: ClusterPr-ominence."""
    told = visit(
        r"""
        for (const details of document.querySelectorAll("details")) details.open = true;
        document.querySelector("table.map button").click();
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const broken = [];
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          if (node.parentElement.closest("script, style, code, svg") || !node.parentElement.checkVisibility()) continue;
          for (const found of node.data.matchAll(/[A-Za-z]{2,}/g)) {
            const range = document.createRange();
            range.setStart(node, found.index);
            range.setEnd(node, found.index + found[0].length);
            const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
            const upright = getComputedStyle(node.parentElement).writingMode === "horizontal-tb";
            if (lines.size > 1 && upright) broken.push(`${found[0]} in ${node.data.slice(0, 60)}`);
          }
        }
        return broken;
        """,
        400,
        page=founding,
    )
    assert told == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_does_not_scroll_sideways(visit: Visit, width: int) -> None:
    told = visit(
        """
        for (const details of document.querySelectorAll("details")) details.open = true;
        document.querySelector("table.map button").click();
        const cut = [...document.querySelectorAll("svg text")].filter((text) => {
          const [inner, outer] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
          return inner.right > outer.right + 1 || inner.left < outer.left - 1;
        });
        const texts = cut.map((text) => text.textContent);
        return { inner: innerWidth, page: document.documentElement.scrollWidth, cut: texts };
        """,
        width,
    )
    assert told["inner"] == width
    assert told["page"] <= width
    assert told["cut"] == []


def test_small_pictures_fit_a_narrow_phone(visit: Visit) -> None:
    told = visit(
        """
        const pictures = [...document.querySelectorAll("svg.narrow")].filter((svg) => svg.checkVisibility());
        return pictures.map((svg) => [svg.getBoundingClientRect().right, document.body.clientWidth]);
        """,
        360,
    )
    assert told
    assert all(right <= width for right, width in told)


def test_paper_leaves_out_what_is_folded_and_shows_what_was_opened(browser: str, page: str, tmp_path: Path) -> None:
    def printed(text: str) -> int:
        """Give the number of sheets."""
        source, answer = tmp_path / "page.html", tmp_path / "page.pdf"
        source.write_text(text, encoding="utf-8")
        arguments = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [browser, *arguments, profile, f"--print-to-pdf={answer}", source.as_uri()]
        subprocess.run(command, capture_output=True, timeout=120, check=True)
        content = answer.read_bytes()
        return len(re.findall(rb"/Type\s*/Page\b", content))

    folded = printed(page)
    opened = printed(page.replace("<details", "<details open"))
    assert 1 <= folded < opened
