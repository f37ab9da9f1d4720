"""Small options of many commands."""

from collections.abc import Callable

import click

from experiments.cli.options.values import FOLDER, FOLDER_THAT_EXISTS, F, names_of

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
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
quiet_option = click.option("--quiet", is_flag=True, help="Print nothing but errors.")
level_option = click.option(
    "--level", type=float, default=0.95, show_default=True, help="Confidence level of all limits."
)


def columns_option(name: str, about: str, default: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Make an option that takes columns, separated by commas."""
    return click.option(
        name,
        metavar="COLUMN,...",
        multiple=True,
        callback=names_of,
        default=default,
        show_default=bool(default),
        help=about,
    )


def patterns_option(name: str, about: str) -> Callable[[F], F]:
    """Make an option that takes patterns of names, separated by commas."""
    return click.option(name, metavar="PATTERN,...", multiple=True, callback=names_of, help=about)


def _sign(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    return {"point": ".", "comma": ","}.get(value or "", value)


decimal_option = click.option(
    "--decimal",
    type=click.Choice(["point", "comma", ".", ","]),
    callback=_sign,
    metavar="point|comma",
    help="Decimal sign of TABLE [default: found column by column].",
)
features_option = patterns_option("--features", "Features, such as '*_glcm_*'.")
