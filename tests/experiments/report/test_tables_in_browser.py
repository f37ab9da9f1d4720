"""Tables of the page in a real browser: sorting and searching."""

import html
import json
from collections.abc import Callable
from typing import Any

import pytest

Visit = Callable[..., Any]


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
