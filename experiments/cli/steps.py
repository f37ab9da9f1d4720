"""`radharmony steps`: what has a name in study files and on the command line, and what installed packages add."""

import re
from inspect import Parameter, cleandoc, signature
from typing import Any

import click

from experiments.cli.command import command
from experiments.cli.terminal import make_console, show_table
from harmonize.entries import Registry
from harmonize.inputs.configuration import refuse_unknown


@command()
@click.argument("name", required=False)
@click.option("--list", "names_only", is_flag=True, help="The names alone, one a line.")
@click.option("--kind", help="Steps alone, or perturbations, statistics, harmonizers, selectors, extractors.")
def steps(name: str | None, names_only: bool, kind: str | None) -> None:
    """Show all steps, perturbations, statistics, harmonizers, selectors and extractors, or what one NAME is and takes.

    Those of installed packages are among them, with the package.
    """
    known = registries()
    if kind is not None:
        refuse_unknown([kind.removesuffix("s")], known, "`kind`", "there is no kind")
        known = {kind.removesuffix("s"): known[kind.removesuffix("s")]}
    if name is not None:
        refuse_unknown([name], [one for registry in known.values() for one in registry.names], "`name`", "unknown")
        for one, registry in known.items():
            if name in registry:
                _show_one(one, name, registry[name], registry.package(name))
        return
    rows = [
        (one, name, _title(entry), registry.package(name) or "radharmony")
        for one, registry in known.items()
        for name, entry in registry.items()
    ]
    if names_only:
        click.echo("\n".join(name for _, name, *_ in rows))
    else:
        table = ("kind", "name", "what it is", "from")
        show_table(make_console(highlight=False), table, rows, most=None, left=len(table), whole=True)


def registries() -> dict[str, Registry[Any]]:
    """Give every registry that installed packages may add to, by what its entries are."""
    from evaluation.extraction.extractors import EXTRACTORS
    from evaluation.reliability.statistics import STATISTICS
    from harmonize.combat.methods import METHODS
    from harmonize.perturbations import PERTURBATIONS
    from harmonize.steps import STEPS
    from selection.selectors.registry import SELECTORS

    return {one.kind: one for one in (STEPS, PERTURBATIONS, STATISTICS, METHODS, SELECTORS, EXTRACTORS)}


def _title(entry: Any) -> str:
    """Give what reports call it, or what its author wrote of it."""
    title = getattr(entry, "title", "") or getattr(entry, "label", "") or _doc(entry).splitlines()[0].rstrip(".")
    return re.sub(r"\{\w+\} ?", "", title)  # where parameters say more


def _doc(entry: Any) -> str:
    return cleandoc(entry.__doc__ or "nothing is said of it")


def _show_one(kind: str, name: str, entry: Any, package: str) -> None:
    click.echo(f"{kind} {name}: {_title(entry)}" + (f" (by {package})" if package else ""))
    click.echo()
    if not callable(entry):  # a statistic, which is no class of its own
        click.echo(entry.definition or (entry.words if isinstance(entry.words, str) else "") or entry.label)
        return
    from selection.selectors.registry import SELECTORS, options_of

    click.echo(_doc(entry).partition("\n\nParameters\n")[0].partition("\n\nExamples\n")[0])
    options = options_of(name) if kind == SELECTORS.kind else signature(entry).parameters
    rows = [
        (option.name, "needed" if option.default is Parameter.empty else repr(option.default))
        for option in options.values()
    ]
    if rows:
        click.echo()
        show_table(make_console(highlight=False), ("parameter", "default"), rows, most=None, left=2, whole=True)
