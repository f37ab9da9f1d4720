"""`radharmony run`: every strategy of a study, from scans to report."""

from dataclasses import replace
from pathlib import Path

import click

from experiments.analyses.shared.readers import names
from experiments.cli.command import command
from experiments.cli.end_of_run import show_end
from experiments.cli.options import FILE
from experiments.cli.progress import progress_bars
from experiments.cli.running import computing_options, end, out_option, plain_warnings
from experiments.running.options import Conduct


@command()
@click.argument("study", type=FILE)
@out_option
@computing_options(Conduct)
@click.option(
    "--intermediates",
    metavar="SUBJECTS",
    multiple=True,
    callback=lambda _ctx, _param, value: names(value),
    help="Leave the scans of these subjects after every step as NIfTI; separate by commas, `all` for all.",
)
@click.option(
    "--perturb",
    metavar="NAMES",
    multiple=True,
    help="Perturb scans besides, by names joined with `+` such as noise or rotation+volume+contour, with their usual "
    "parameters; may be given several times. `perturbations` of the study file says more.",
)
@click.pass_context
def run(
    ctx: click.Context,
    study: Path,
    out: Path,
    data: Path | None,
    intermediates: tuple[str, ...],
    perturb: tuple[str, ...],
    how: Conduct,
    quiet: bool,
) -> None:
    """Run every strategy of STUDY over every scan.

    Leaves features, reliability, whitelists, tracked runs and report.html in the folder. The same command again
    takes over what is finished. Exit code 3 if some scans failed; failures.csv says which, why, and what to do;
    4 if all is done but MLflow could not record it; 5 if something outside ended it, such as a full disk.
    """
    from experiments.running.runner import run_study
    from experiments.study.study import Study
    from experiments.tracking import TrackingWarning

    loaded = Study.from_yaml(study, data, perturb=perturb)
    with plain_warnings(TrackingWarning), progress_bars(quiet) as progress:
        finished = run_study(
            loaded,
            out,
            intermediates=intermediates,
            **vars(replace(how, progress=progress)),
        )
    show_end(finished, quiet)
    end(ctx, finished)
