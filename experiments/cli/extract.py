"""`radharmony extract`: features of any scans, as they are or as those of another study."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.analyses.shared.readers import names
from experiments.cli.command import command
from experiments.cli.options import FILE
from experiments.cli.progress import progress_bars
from experiments.cli.running import (
    computing_options,
    end,
    like_option,
    out_option,
    plain_warnings,
    roi_option,
)
from experiments.cli.terminal import make_console, show_table
from experiments.running.options import Conduct

if TYPE_CHECKING:
    from experiments.running.conduct import Run


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
def extract(
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
    """Take features of the scans of STUDY_OR_TABLE, one condition or several; nothing is compared.

    STUDY_OR_TABLE is a study file, which needs no reference, or a table of images (.csv) with a column for the masks of
    each ROI. With --like the features are those of another study, which its whitelist then holds for (`radharmony
    apply`), and the report says whether the scans resemble those of that study. The same command again takes over what
    is finished. Exit codes are those of `radharmony run`.
    """
    from experiments.running.extracting.extraction import run_extraction
    from experiments.running.extracting.remarks import UnlikeWarning
    from experiments.tracking import TrackingWarning

    with plain_warnings(TrackingWarning, UnlikeWarning), progress_bars(quiet) as progress:
        finished = run_extraction(
            study,
            out,
            like=like,
            strategies=strategies,
            rois=rois,
            data=data,
            **vars(replace(how, progress=progress)),
        )
    if not quiet:
        show_features(finished)
    end(ctx, finished)


def show_features(run: "Run") -> None:
    """Print what each strategy gave, and where the files are."""
    from experiments.folder.files import FEATURES, REPORT, STRATEGIES

    console = make_console(markup=False)
    rows = (tuple(map(str, row)) for row in run.strategies.itertuples(index=False, name=None))
    show_table(
        console, run.strategies.columns, rows, "Features", fold=True, noun="strategy", all_in=run.path(STRATEGIES)
    )
    for file in (REPORT, FEATURES):
        console.print(str(run.path(file)), highlight=False, soft_wrap=True)
    if run.unchanged:
        click.echo("nothing has changed since the last run", err=True)
