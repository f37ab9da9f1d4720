"""The options that say where results go: a folder of their own, or a run with its report and its MLflow run."""

import click

from experiments.cli.options.values import FOLDER, FOLDER_THAT_EXISTS, composed

results_options = composed(
    click.option("--out", type=FOLDER, help="Folder of the results."),
    click.option(
        "--run",
        type=FOLDER_THAT_EXISTS,
        help="Put the results into this run folder instead, its report and its MLflow run.",
    ),
    click.option(
        "--tracking-uri", metavar="URI", help="Where the run of --run is tracked, if its address has a password."
    ),
)
