import io

import pytest
from rich.console import Console

from experiments.cli.terminal import show_table
from harmonize.printed import MOST_ROWS


def printed(rows, **how):
    console = Console(file=io.StringIO(), width=70, highlight=False, markup=False)
    show_table(console, ("name", "value"), rows, "Values", **how)
    return console.file.getvalue()


@pytest.mark.parametrize("count", [0, 1, MOST_ROWS, MOST_ROWS + 1, 400])
def test_a_long_table_has_its_first_rows_and_says_how_many_more_there_are_and_where(count):
    """Hundreds of rows pushed off the screen what was said before them."""
    text = printed([(f"row {i}.", str(i)) for i in range(count)], noun="strategy", all_in="out/strategies.csv")
    assert [f"row {i}." in text for i in range(count)] == [i < MOST_ROWS for i in range(count)]
    last = text.splitlines()[-1]
    if count <= MOST_ROWS:
        assert "more" not in text
    elif count == MOST_ROWS + 1:
        assert last == "and 1 more strategy: out/strategies.csv has all"
    else:
        assert last == f"and {count - MOST_ROWS} more strategies: out/strategies.csv has all"


def test_what_has_all_rows_may_be_a_setting_or_nothing():
    rows = [("a", "1")] * (MOST_ROWS + 3)
    assert printed(rows).endswith("and 3 more rows\n")


def test_a_line_below_a_row_is_drawn_where_the_row_is_shown():
    two = printed([("a", "1"), ("b", "2")], ends=[0]).splitlines()
    assert len(two) == len(printed([("a", "1"), ("b", "2")]).splitlines()) + 1
    assert printed([("a", "1")] * 30, ends=[27]) == printed([("a", "1")] * 30)


@pytest.mark.parametrize(("width", "shown"), [(70, 3), (30, 2), (8, 2)])
def test_a_narrow_terminal_shows_the_first_columns_and_names_the_others(width, shown):
    columns = ("harmonizer", "score", "batch left")
    console = Console(file=io.StringIO(), width=width, force_terminal=True, no_color=True, highlight=False)
    show_table(console, columns, [("combat", "0.93", "-0.04")], all_in="card.parquet")
    text = console.file.getvalue()
    told = f"too narrow: {', '.join(columns[shown:])}; card.parquet has all"
    assert (told in text) == (shown < len(columns))
