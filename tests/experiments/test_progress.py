import logging
import sys
from types import SimpleNamespace

import pytest

from experiments.progress import Cell, Lines, progress_bars, shown


def test_outside_a_terminal_there_is_a_line_at_either_end(capsys):
    with progress_bars(quiet=False) as progress:
        for done in range(101):
            progress("scans", done, 100)
    assert capsys.readouterr().err.splitlines() == ["scans: 0 of 100", "scans: 100 of 100"]


def test_thousands_of_scans_are_a_line_every_half_minute():
    told, seconds = [], iter(range(6000))
    progress = Lines(told.append, lambda: next(seconds))
    for done in range(5001):
        progress("scans", done, 5000)
    assert len(told) == 2 + 4999 // 30
    assert told[100] == "scans: 3000 of 5000, 1.0 per second, 33:20 left"


def test_what_is_taken_over_does_not_make_the_rest_look_quick():
    told, seconds = [], iter([0, 60])
    progress = Lines(told.append, lambda: next(seconds))
    progress("scans", 900, 1000)
    progress("scans", 901, 1000)
    assert told[1] == "scans: 901 of 1000, 1.0 per minute, 1:39:00 left"


def test_warnings_of_the_log_are_shown(capsys):
    logger = logging.getLogger("radharmony")
    with progress_bars(quiet=False):
        logger.info("not of interest here")
        logger.warning("a worker process ended")
    assert capsys.readouterr().err == "warning: a worker process ended\n"


def test_quiet_prints_nothing(capsys):
    with progress_bars(quiet=True) as progress:
        progress("scans", 1, 1)
        logging.getLogger("radharmony").warning("a worker process ended")
    assert capsys.readouterr() == ("", "")


def make_terminal(monkeypatch):
    """Make of what is captured now something that looks like a terminal."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def notebook(monkeypatch):
    """What a kernel of Jupyter is like: a shell with a kernel, and a place below the cell that is written anew."""
    told = []
    display = SimpleNamespace(
        DisplayHandle=lambda: SimpleNamespace(
            display=lambda data, raw: told.append(("new", data["text/plain"], raw)),
            update=lambda data, raw: told.append(("same", data["text/plain"], raw)),
        )
    )
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()), display=display)
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return told


def test_python_users_see_bars_on_a_terminal(capsys, monkeypatch):
    make_terminal(monkeypatch)
    with shown(None) as display:
        display("scans", 1, 12)
    assert "1/12" in capsys.readouterr().err


def test_python_users_see_lines_in_place_in_a_notebook(notebook):
    with shown(None) as display:
        display("scans", 0, 2)
        display("scans", 2, 2)
        display("report", 1, 1)
    assert notebook[0] == ("new", "scans: 0 of 2", True)
    assert notebook[-1] == ("same", "scans: 2 of 2\nreport: 1 of 1", True)


def test_a_notebook_is_not_written_to_for_every_scan(notebook):
    seconds = iter(range(10_000))
    cell = Cell(lambda: next(seconds) / 1000)
    for done in range(1000):
        cell("scans", done, 1000)
    cell.now("n4 x 3")
    assert len(notebook) < 20


@pytest.mark.parametrize(("progress", "told"), [(None, 0), (False, 0), (True, 2)])
def test_in_a_pipe_nothing_is_shown_unless_asked(progress, told, capsys):
    with shown(progress) as display:
        display("scans", 0, 12)
        display("scans", 12, 12)
    assert len(capsys.readouterr().err.splitlines()) == told


def test_what_is_given_is_called_instead(capsys, monkeypatch):
    make_terminal(monkeypatch)
    told = []
    with shown(lambda *stage: told.append(stage)) as display:
        display("scans", 1, 12)
    assert told == [("scans", 1, 12)]
    assert capsys.readouterr().err == ""
