"""What commands that compute scans share: their options as keywords, warnings in a line, exit codes."""

import warnings

import click
import pytest
from click.testing import CliRunner

from experiments.cli.command import command
from experiments.cli.exit_codes import BAD_INPUT, FAILED, UNTRACKED
from experiments.cli.running import computing_options, end, out_option, plain_warnings, roi_option
from experiments.executors.limit import DEFAULT
from experiments.folder.failures import ALL, Failure, failure_table
from experiments.folder.files import FAILURES
from experiments.running.conduct import Run
from experiments.running.options import Computing, Conduct


def given(*arguments, kind=Conduct):
    """Give how a command of such options was asked to compute, and with what else, or its exit code and words."""
    kept = {}

    @command()
    @computing_options(kind)
    def compute(**values):
        kept.update(values)

    result = CliRunner().invoke(compute, [*map(str, arguments)])
    return kept or (result.exit_code, result.output)


def test_without_options_everything_is_as_in_python_but_that_worker_processes_compute():
    values = given()
    how = values.pop("how")
    assert how == Conduct(jobs=how.jobs)
    assert how.jobs >= 1
    assert values == {"data": None, "quiet": False}


def test_every_option_reaches_the_keyword_of_its_name(tmp_path):
    values = given(
        *("--jobs", 3, "--cache", tmp_path / "cache", "--time-limit", 1, "--data", tmp_path, "--quiet"),
        *("--tracking-uri", "sqlite:///a.db", "--retry-failed"),
    )
    wanted = {"jobs": 3, "cache": tmp_path / "cache", "time_limit": 60.0, "tracking_uri": "sqlite:///a.db"}
    assert values == {"how": Conduct(**wanted, retry_failed=True), "data": tmp_path, "quiet": True}
    assert not given("--no-tracking")["how"].track


def test_a_scheduler_computes_in_place_of_worker_processes():
    assert given("--scheduler", "tcp://127.0.0.1:8786")["how"].scheduler == "tcp://127.0.0.1:8786"


def test_a_limit_is_minutes_that_pass():
    assert given()["how"].time_limit == DEFAULT
    assert [given("--time-limit", limit)[0] for limit in (0, -1, "nan", "inf")] == [BAD_INPUT] * 4


@pytest.mark.parametrize("option", [["--no-tracking"], ["--tracking-uri", "a.db"], ["--retry-failed"]])
def test_what_records_nothing_has_no_options_of_records(option):
    assert type(given("--jobs", 1, kind=Computing)["how"]) is Computing
    code, output = given(*option, kind=Computing)
    assert code == BAD_INPUT
    assert option[0] in output


def test_a_place_of_records_and_none_exclude_each_other(golden):
    code, output = given("--tracking-uri", "a.db", "--no-tracking")
    assert code == BAD_INPUT
    golden.text(output)


def test_results_go_where_something_can_be_written(tmp_path, monkeypatch, golden):
    @click.command()
    @out_option
    def compute(out):
        click.echo(out)

    assert CliRunner().invoke(compute, ["--out", str(tmp_path / "a" / "b")]).output == f"{tmp_path / 'a' / 'b'}\n"
    monkeypatch.setattr("os.access", lambda *_: False)  # whoever is root may write everywhere
    with golden.error(click.BadParameter):
        compute.main(["--out", str(tmp_path / "a" / "b")], standalone_mode=False)


def test_rois_are_pairs(golden):
    @click.command()
    @roi_option
    def compute(rois):
        click.echo(rois)

    found = CliRunner().invoke(compute, ["--roi", "Leber=liver", "--roi", "Milz=spleen"])
    assert found.output == "{'Leber': 'liver', 'Milz': 'spleen'}\n"
    with golden.error(click.BadParameter):
        compute.main(["--roi", "Leber"], standalone_mode=False)


def ended(folder, failures=0, **how):
    run = Run(folder)
    vars(run).update(how)
    rows = [Failure(ALL, f"S{i}", "T2", "REF", "", "a.nii", "read", "is empty", "export it") for i in range(failures)]
    run.keep(FAILURES, failure_table(rows))
    return CliRunner().invoke(click.Command("run", callback=click.pass_context(lambda ctx: end(ctx, run))))


def test_a_run_without_failures_ends_well_and_in_silence(tmp_path):
    result = ended(tmp_path)
    assert (result.exit_code, result.output) == (0, "")


def test_failures_are_counted_and_told_before_what_was_not_recorded(tmp_path, golden):
    result = ended(tmp_path, 2, remembered=3, untracked="nobody answers")
    assert result.exit_code == FAILED
    golden.text(result.stderr)
    result = ended(tmp_path, 1)
    assert result.exit_code == FAILED
    golden.text(result.stderr)


def test_a_run_that_mlflow_did_not_record_ends_with_a_code_of_its_own(tmp_path):
    assert ended(tmp_path, untracked="nobody answers").exit_code == UNTRACKED


class OddWarning(UserWarning):
    """Of one kind."""


def test_a_warning_is_a_line_in_the_words_of_the_command(golden):
    @command()
    @click.option("--out")
    def odd(out):
        for _ in range(2):  # a run says it again of the next scan
            warnings.warn(f"`out` is {out}", OddWarning, stacklevel=1)

    with plain_warnings(OddWarning):
        result = CliRunner().invoke(odd, ["--out", "a"])
    assert result.exit_code == 0, result.exception
    assert result.stdout == ""
    golden.text(result.stderr)


def test_other_warnings_stay_as_they_are():
    with pytest.warns(UserWarning, match="^another$"), plain_warnings(OddWarning):
        warnings.warn("another", UserWarning, stacklevel=1)
    shown = warnings.showwarning
    with plain_warnings(OddWarning):
        assert warnings.showwarning is not shown
    assert warnings.showwarning is shown
