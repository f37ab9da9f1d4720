"""Options that several commands have beside settings, each in one place, and what kinds of paths there are."""

import math
from pathlib import Path

import click

ANY_PATH = click.Path(path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
PATH_THAT_EXISTS = click.Path(exists=True, path_type=Path)
FILE_THAT_EXISTS = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER_THAT_EXISTS = click.Path(exists=True, file_okay=False, path_type=Path)

data_option = click.option(
    "--data",
    type=FOLDER_THAT_EXISTS,
    help="Folder that the file names in images.csv start from [default: the folder of images.csv].",
)
cache_option = click.option(
    "--cache",
    type=FOLDER,
    help="Folder of finished results, which runs and studies may share [default: `finished` in the folder of the run].",
)
commands_option = click.option(
    "--allow-commands", is_flag=True, help="Let the study run the programs that its steps `command` name."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
quiet_option = click.option("--quiet", is_flag=True, help="Print nothing but errors.")


def _seconds(_ctx: click.Context, _param: click.Parameter, minutes: float) -> float:
    if not (math.isfinite(minutes) and minutes > 0):
        raise click.BadParameter(f"expected minutes above 0, found {minutes:g}")
    return minutes * 60


time_limit_option = click.option(
    "--time-limit",
    type=float,
    metavar="MINUTES",
    default=120.0,
    show_default=True,
    callback=_seconds,
    help="How long one scan may take; one that exceeds it is a failure, and the others go on.",
)
