"""`radharmony preprocess`: the images of a strategy as a BIDS derivative."""

from dataclasses import replace
from pathlib import Path

import click

from experiments.cli.command import command
from experiments.cli.exit_codes import FAILED
from experiments.cli.options import FILE
from experiments.cli.progress import progress_bars
from experiments.cli.running import computing_options, like_option, out_option, plain_warnings, roi_option
from experiments.running.options import Computing
from harmonize.words import plural


@command()
@click.argument("study", type=FILE, metavar="STUDY_OR_TABLE")
@click.option("--strategy", required=True, metavar="NAME", help="Whose images.")
@out_option
@like_option
@roi_option
@computing_options(Computing)
@click.pass_context
def preprocess(
    ctx: click.Context,
    study: Path,
    strategy: str,
    out: Path,
    like: Path | None,
    rois: dict[str, str],
    data: Path | None,
    how: Computing,
    quiet: bool,
) -> None:
    """Write what a strategy makes of the scans of STUDY_OR_TABLE, for other tools and for looking.

    The folder is a BIDS derivative: images as NIfTI with their ROIs as masks on the same grid, sidecars with the steps,
    dataset_description.json. The same command again writes only what is not there. Exit code 3 if some scans failed;
    failures.csv says which.
    """
    from experiments.folder.files import FAILURES
    from experiments.folder.run_folder import RunFolder
    from experiments.running.extracting.preprocessing import run_preprocessing
    from experiments.running.extracting.remarks import UnlikeWarning

    with plain_warnings(UnlikeWarning), progress_bars(quiet) as progress:
        made = run_preprocessing(
            study,
            out,
            strategy,
            like=like,
            rois=rois,
            data=data,
            **vars(replace(how, progress=progress)),
        )
    if not quiet:
        click.echo(f"{plural(len(made.images), 'image')}: {made.folder}")
    if failed := len(made.failures):
        click.echo(f"{plural(failed, 'failure')}, see {RunFolder(made.folder).path(FAILURES)}", err=True)
        ctx.exit(FAILED)
