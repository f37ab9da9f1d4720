"""`radharmony dicom-sr`: the robust features of scans as DICOM Structured Reports."""

from dataclasses import replace
from pathlib import Path

import click

from experiments.analyses.shared.readers import names
from experiments.cli.command import command
from experiments.cli.exit_codes import FAILED
from experiments.cli.options import FILE
from experiments.cli.progress import progress_bars
from experiments.cli.running import computing_options, like_option, out_option, plain_warnings, roi_option
from experiments.running.options import Conduct
from harmonize.words import plural


@command()
@click.argument("study", type=FILE, metavar="STUDY_OR_TABLE")
@out_option
@like_option
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    metavar="NAME",
    callback=lambda _ctx, _param, value: names(value),
    help="Which strategies [default: all]. May be repeated.",
)
@roi_option
@computing_options(Conduct)
@click.pass_context
def dicom_sr(
    ctx: click.Context,
    study: Path,
    out: Path,
    like: Path | None,
    strategies: tuple[str, ...],
    rois: dict[str, str],
    data: Path | None,
    how: Conduct,
    quiet: bool,
) -> None:
    """Write the robust features of the DICOM scans of STUDY_OR_TABLE as DICOM SR (TID 1500), one file a scan.

    They are those of the whitelist of --like, and are taken as by `extract`. THE FILES HOLD NAME, IDENTIFIER, BIRTH
    DATE AND SEX OF THE PATIENT as the headers of the images have them: nothing is made anonymous. Exit code 3 if some
    scans have no report. Needs the extra `sr`.
    """
    from experiments.running.extracting.remarks import UnlikeWarning
    from experiments.running.extracting.reports import run_reports
    from experiments.tracking import TrackingWarning

    with plain_warnings(TrackingWarning, UnlikeWarning), progress_bars(quiet) as progress:
        made = run_reports(
            study, out, like=like, strategies=strategies, rois=rois, data=data, **vars(replace(how, progress=progress))
        )
    if not quiet:
        click.echo(f"{plural(len(made.files), 'report')}: {made.folder}")
        click.echo("they hold the patients' names and identifiers as the headers of the images do", err=True)
    if failed := len(made.failures):
        for row in made.failures.to_dict("records"):
            click.echo(f"{row['subject']}, {row['sequence']}: {row['problem']}; {row['advice']}", err=True)
        click.echo(plural(failed, "failure"), err=True)
        ctx.exit(FAILED)
