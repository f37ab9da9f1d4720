"""`radharmony ui`: MLflow's page of the runs of a folder, in the browser."""

import os
import sys
import time
import webbrowser
from pathlib import Path

import click

from experiments.cli.command import command
from experiments.cli.options import FOLDER_THAT_EXISTS

DISPLAYS = {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"}
"""Of these Linux names one where there is a browser with windows."""


@command()
@click.argument("run", type=FOLDER_THAT_EXISTS)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the page [default: one that is free].")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def ui(run: Path, port: int | None, no_browser: bool) -> None:
    """Show the tracked runs of the folder RUN in the browser, by MLflow.

    The page opens at the table of strategies, the most robust one first. It is served on this machine alone until
    Ctrl-C, and MLflow's telemetry is off.
    """
    from experiments.tracking.server import serving
    from experiments.tracking.view import database_of, share_view

    file, recorded = database_of(run)
    page = share_view(file, recorded)
    try:
        with serving(file, port) as (address, process):
            click.echo("Ctrl-C ends it", err=True)
            click.echo(f"{address}{page}")
            if not no_browser and (sys.platform != "linux" or DISPLAYS & os.environ.keys()):
                webbrowser.open(f"{address}{page}")
            while process.poll() is None:  # its `wait` goes on after Ctrl-C where Polars, which MLflow imports, listens
                time.sleep(0.2)
    except KeyboardInterrupt:
        return
    raise click.ClickException(f"MLflow's server ended by itself (exit code {process.returncode}); start it again")
