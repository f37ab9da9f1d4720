"""The page in a real browser: a field of a map, sorting, searching, the keyboard, a phone; no error on the console."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.report import write_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")

Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def page(run_writer: Callable[..., Path], odd_name: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = run_writer(
        tmp_path_factory.mktemp("browser") / "run",
        subjects=[odd_name, *(f"S{number}" for number in range(2, 9))],
        rois=[odd_name, "spleen"],
        sequences=["HASTE", "TSE"],
        strategies=["z-score", "as it is"],
    )
    return write_report(folder).read_text(encoding="utf-8")


@pytest.fixture
def visit(page: str, tmp_path: Path) -> Visit:
    """Give a function that opens the page in a frame, runs a script in it and returns what it returns."""

    shown = page

    def run(script: str, width: int = 1280, page: str = shown) -> Any:
        told = f"<script>(async () => {{ {script} }})().then((answer) => parent.postMessage(answer, '*'));</script>"
        (tmp_path / "page.html").write_text(page.replace("</body>", f"{told}</body>"), encoding="utf-8")
        outer = (
            "<!DOCTYPE html><pre id='told'></pre><script>addEventListener('message', (event) => "
            "{ document.getElementById('told').textContent = JSON.stringify(event.data ?? null); });</script>"
            f"<iframe src='page.html' style='border:0;width:{width}px;height:800px'></iframe>"
        )
        (tmp_path / "outer.html").write_text(outer, encoding="utf-8")
        done = subprocess.run(
            [
                str(BROWSER),
                *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
                *("--enable-logging=stderr", "--virtual-time-budget=20000", f"--user-data-dir={tmp_path / 'profile'}"),
                *("--dump-dom", (tmp_path / "outer.html").as_uri()),
            ],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert "CONSOLE" not in done.stderr, done.stderr
        found = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
        assert found, done.stderr
        assert found[1], "the script gave no answer"
        return json.loads(html.unescape(found[1]))

    return run


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


def test_a_sort_orders_numbers_and_tells_it(visit: Visit) -> None:
    told = visit("""
        const table = document.getElementById("cell-table");
        const head = table.tHead.rows[0].cells[2];
        const values = () => [...table.tBodies[0].rows].map((row) => row.cells[2].dataset.v ?? null);
        head.querySelector("button").click();
        const up = [head.getAttribute("aria-sort"), values()];
        head.querySelector("button").click();
        const down = [head.getAttribute("aria-sort"), values()];
        const roi = document.getElementById("cell-roi");
        roi.value = "1";
        roi.dispatchEvent(new Event("change"));
        return { up, down, after: values(), sticky: getComputedStyle(head).position };
    """)
    for (state, values), name in ((told["up"], "ascending"), (told["down"], "descending")):
        numbers = [float(value) for value in values if value is not None]
        assert state == name
        assert numbers == sorted(numbers, reverse=name == "descending")
        assert values[len(numbers) :] == [None] * (len(values) - len(numbers))
    later = [float(value) for value in told["after"] if value is not None]
    assert later == sorted(later, reverse=True)  # the order stays with another field
    assert told["sticky"] == "sticky"


def test_a_search_hides_other_rows(visit: Visit) -> None:
    told = visit("""
        const table = document.getElementById("cell-table");
        const input = table.parentElement.previousElementSibling.querySelector("input");
        input.value = "glcm contrast";
        input.dispatchEvent(new Event("input"));
        const shown = () =>
          [...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.cells[0].textContent);
        const first = shown();
        const roi = document.getElementById("cell-roi");
        roi.value = "1";
        roi.dispatchEvent(new Event("change"));
        return { first, later: shown(), count: input.nextElementSibling.textContent };
    """)
    assert told["first"] == told["later"] == ["original_glcm_Contrast"]
    assert told["count"] == "1 of 28 rows"


HEIGHT = 8_000
"""Pixels: a page of this height is read in two minutes."""


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
        await new Promise((done) => setTimeout(done, 500));
        const places = [...document.querySelectorAll(".scroll")].filter((one) => one.checkVisibility());
        const cue = (one) => getComputedStyle(one, "::before").content;
        return places.map((one) => [one.scrollWidth > one.clientWidth + 1, cue(one).includes("scroll")]);
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


def test_paper_leaves_out_what_is_folded_and_shows_what_was_opened(page: str, tmp_path: Path) -> None:
    def printed(text: str) -> int:
        """Give the number of sheets."""
        source, answer = tmp_path / "page.html", tmp_path / "page.pdf"
        source.write_text(text, encoding="utf-8")
        arguments = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [str(BROWSER), *arguments, profile, f"--print-to-pdf={answer}", source.as_uri()]
        subprocess.run(command, capture_output=True, timeout=120, check=True)
        content = answer.read_bytes()
        return len(re.findall(rb"/Type\s*/Page\b", content))

    folded = printed(page)
    opened = printed(page.replace("<details", "<details open"))
    assert 1 <= folded < opened


@pytest.mark.parametrize("kind", ["", "n"])
def test_numbers_sort_as_numbers_however_they_are_written(visit: Visit, kind: str) -> None:
    """A minus sign was no sign, a comma ended a number, and 1e-5 came after 0.3."""
    rising = ["\u22121,200", "\u22120.5", "-0.3", "1e-5", "< .001", ".001", "0.02", "5 %", "12 %", "1,234", "2,000.5"]
    given = ["not computed", *rising[::2], "\u2013", *rising[1::2]]
    rows = "".join(f"<tr><td>{html.escape(text)}</td></tr>" for text in given)
    told = visit(
        f"""
        const table = document.querySelector("table.sortable");
        const head = table.tHead.rows[0].cells[0];
        head.className = {json.dumps(kind)};
        delete head.dataset.numeric;
        const order = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
        table.tBodies[0].innerHTML = {json.dumps(rows)};
        head.querySelector("button").click();
        const up = order();
        head.querySelector("button").click();
        return [up, order()];
        """
    )
    assert told[0][: len(rising)] == rising
    assert told[1][: len(rising)] == rising[::-1]
    assert {*told[0][len(rising) :]} == {*told[1][len(rising) :]} == {"not computed", "\u2013"}


def test_cells_sort_by_the_value_they_hold_not_by_the_one_they_show(visit: Visit) -> None:
    """Rounded for the eye, 0.8996 and 0.9004 are the same."""
    rising = ["-0.0004", "1e-12", "2e-9", "0.8996", "0.9004", "1234.5"]
    shown = {"1e-12": "< .001", "2e-9": "< .001", "-0.0004": "0.00", "1234.5": "1,230"}
    given = [rising[at] for at in (4, 2, 5, 0, 3, 1)]
    cells = "".join(f'<tr><td data-v="{value}">{html.escape(shown.get(value, "0.90"))}</td></tr>' for value in given)
    told = visit(
        f"""
        const table = document.querySelector("table.sortable");
        const head = table.tHead.rows[0].cells[0];
        head.className = "n";
        table.tBodies[0].innerHTML = {json.dumps(cells)};
        const order = () => [...table.tBodies[0].rows].map((row) => row.cells[0].dataset.v);
        head.querySelector("button").click();
        const up = order();
        head.querySelector("button").click();
        return [up, order()];
        """
    )
    assert told == [rising, rising[::-1]]


def test_names_with_numbers_sort_as_people_count(visit: Visit) -> None:
    rows = "".join(f"<tr><td>{text}</td></tr>" for text in ("S10", "S9", "3D T1", "S1"))
    told = visit(
        f"""
        const table = document.querySelector("table.sortable");
        const head = table.tHead.rows[0].cells[0];
        head.className = "";
        table.tBodies[0].innerHTML = {json.dumps(rows)};
        head.querySelector("button").click();
        return [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
        """
    )
    assert told == ["3D T1", "S1", "S9", "S10"]
