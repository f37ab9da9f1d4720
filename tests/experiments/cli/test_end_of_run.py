import pandas as pd
import pytest

from experiments.cli.end_of_run import show_end, show_strategies
from experiments.folder.files import STRATEGIES, SUMMARY
from experiments.running.runner import Run


def run_of(folder, rows, icc=0.9):
    run = Run(folder)
    run.keep(STRATEGIES, pd.DataFrame(rows))
    limits = {"icc": icc, "ccc": 0.9, "cv": 0.1, "qcd": 0.1}
    run.keep(SUMMARY, pd.DataFrame({"statistic": list(limits), "threshold": list(limits.values())}))
    return run


def test_a_strategy_without_a_single_feature_has_no_figures(capsys, tmp_path):
    row = {"strategy": "raw", "robust_share": float("nan"), "icc_median": float("nan"), "failures": 4}
    shares = dict.fromkeys(["icc_share", "ccc_share", "cv_share", "qcd_share"], 0.5)
    show_strategies(run_of(tmp_path, [row | shares]))
    line = next(line for line in capsys.readouterr().out.splitlines() if "raw" in line)
    assert line.count("none") == 2
    assert line.count("50.0%") == 4


def test_intervals_are_shown_where_there_is_room(capsys, tmp_path):
    row = {"strategy": "raw", "robust_share": 0.14, "robust_share_lower": 0.0, "robust_share_upper": 0.28}
    row |= {"icc_share": 0.4, "icc_share_lower": 0.29, "icc_share_upper": 0.51, "icc_median": 0.8, "failures": 0}
    row |= {"ccc_share": 0.3, "ccc_share_lower": float("nan"), "ccc_share_upper": float("nan")}
    show_strategies(run_of(tmp_path, [row | {"cv_share": 0.2, "qcd_share": 0.1}]))
    line = next(line for line in capsys.readouterr().out.splitlines() if "raw" in line)
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == ["raw", "14.0% (0–28)", "0.800", "40.0% (29–51)", "30.0%", "20.0%", "10.0%", "0"]


def test_shares_are_headed_by_the_threshold_of_the_study(capsys, tmp_path):
    columns = ["robust_share", "icc_median", "icc_share", "ccc_share", "cv_share", "qcd_share"]
    show_strategies(run_of(tmp_path, [{"strategy": "raw", "failures": 0, **dict.fromkeys(columns, 0.1)}], icc=0.75))
    heading = " ".join(capsys.readouterr().out.split())
    assert "ICC > .75" in heading
    assert "CCC > .90" in heading


def test_the_icc_within_scanners_stands_beside_the_headline(capsys, tmp_path):
    columns = ["robust_share", "icc_median", "icc_share", "ccc_share", "cv_share", "qcd_share", "considered"]
    row = {"strategy": "raw", "failures": 0, **dict.fromkeys(columns, 0.1), "icc_median_within_scanners": 0.513}
    none = row | {"strategy": "none", "icc_median_within_scanners": float("nan")}
    show_strategies(run_of(tmp_path, [row, none]))
    heading, *rows = (line for line in capsys.readouterr().out.splitlines() if line[:1] in "┃│")
    assert "within scanners" in heading
    assert ["0.513" in line for line in rows] == [True, False]
    assert "not computed" in rows[1]


def test_names_are_not_cut_in_a_pipe(capsys, tmp_path):
    columns = ["robust_share", "icc_median", "icc_share", "ccc_share", "cv_share", "qcd_share"]
    row = {"strategy": "a_rather_long_name_of_a_strategy", "failures": 0, **dict.fromkeys(columns, 0.1)}
    show_strategies(run_of(tmp_path, [row]))
    assert "a_rather_long_name_of_a_strategy" in capsys.readouterr().out


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize("unchanged", [False, True])
def test_a_run_that_did_nothing_says_so_on_the_screen(capsys, finished, quiet, unchanged):
    """It stood in run.log alone, beside the same table as after a run of hours."""
    run = Run.open(finished.folder)
    run.unchanged = unchanged
    show_end(run, quiet)
    assert ("nothing has changed since the last run" in capsys.readouterr().err) == (unchanged and not quiet)
