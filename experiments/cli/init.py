"""`radharmony init`: a study file to start from."""

from pathlib import Path

import click

from experiments.cli.command import command
from experiments.cli.options import FOLDER


def _list(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from experiments.presets import presets

    known = presets()
    width = max(map(len, known))
    for name, title in known.items():
        click.echo(f"{name:<{width}}  {title}")
    ctx.exit()


@command()
@click.argument("folder", metavar="[DIR]", default=".", type=FOLDER)
@click.option("--preset", required=True, help="What kind of study; --list names them.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List the presets.")
def init(folder: Path, preset: str) -> None:
    """Write a commented study.yaml and the tables it needs to DIR [default: the current folder].

    The tables hold example rows, to be replaced by yours. Files that are there are never overwritten.
    """
    from experiments.presets import write_preset

    written = write_preset(preset, folder)
    for path in written:
        click.echo(str(path))
    tables = " and ".join(path.name for path in written if path.suffix == ".csv")
    click.echo(f"replace the example rows of {tables}, then: radharmony check {written[0]}")
