import logging

from experiments.cli.progress import Lines, progress_bars


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
