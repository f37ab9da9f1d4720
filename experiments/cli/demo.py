"""`radharmony demo`: a simulated study from scans to report."""

from pathlib import Path

import click

from experiments.analyses.shared.groups import LocalWorkers
from experiments.cli.command import command, settings_options
from experiments.cli.end_of_run import show_end
from experiments.cli.exit_codes import FAILED
from experiments.cli.options import FOLDER, quiet_option
from experiments.cli.progress import progress_bars


@command()
@click.option("--out", required=True, type=FOLDER, help="Folder for study and results.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the simulation.")
@settings_options(workers=LocalWorkers)
@quiet_option
@click.pass_context
def demo(ctx: click.Context, out: Path, seed: int, workers: LocalWorkers, quiet: bool) -> None:
    """Simulate a small study and run four strategies on it.

    The study is written to OUT/study, the results to OUT.
    """
    from experiments.running.runner import run_study
    from experiments.simulate import Simulation, write_study
    from experiments.study.study import Study

    with progress_bars(quiet) as progress:
        path = out / "study" / "study.yaml"
        if not path.exists():
            path = write_study(
                out / "study", Simulation(seed=seed), lambda done, total: progress("simulation", done, total)
            )
        finished = run_study(Study.from_yaml(path), out, jobs=workers.processes, progress=progress)
    show_end(finished, quiet)
    if len(finished.failures):
        ctx.exit(FAILED)
