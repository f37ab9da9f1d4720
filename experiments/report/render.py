"""Put what all sections say, and their pictures, into one self-contained page."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from evaluation.written import in_percent
from experiments.folder.writing import is_inner, write_text
from experiments.page import Content, Context, Picture, Pictures, Section, wording
from experiments.page.svg import shade
from experiments.report.places import without_places
from harmonize.errors import ConfigurationError
from harmonize.words import listed

NARROW = 290.0
"""Points: pictures up to this wide shrink a little to fit a phone; wider ones would be illegible, and are scrolled."""
FILTERS = ("number", "percent", "share", "plural", "label", "limits", "estimate", "p_value")
"""Functions of `experiments.page.wording` that templates use."""

Summary = dict[str, Content]
"""What a report says: plain values that JSON can hold, by section."""


def summarize(context: Context) -> Summary:
    """Gather what the sections say, without places on a disk; those that say nothing are left out."""
    return {name: without_places(content) for name in context.sections if (content := context[name])}


def draw(context: Context, summary: Summary) -> dict[str, Pictures]:
    """Draw the pictures of every section."""
    return {name: dict(context.sections[name].plot(context, content)) for name, content in summary.items()}


def write_pictures(pictures: Mapping[str, Pictures], folder: Path) -> None:
    """Leave the pictures as SVG files: those of one strategy in a folder of its name, the others beside it.

    Raises
    ------
    ConfigurationError
        For a strategy whose name cannot name a folder.
    """
    for kind, picture in ((kind, one) for kinds in pictures.values() for kind, drawn in kinds.items() for one in drawn):
        name, place = picture.strategy, folder / f"{picture.name}.svg"
        if name:
            if not is_inner(name) or "/" in name or name.startswith("."):
                raise ConfigurationError(
                    f"run.json: strategy {name!r} cannot name a folder; run the study again with another name"
                )
            place = folder / name / f"{kind}.svg"
        if picture.file:
            write_text(place, picture.svg + "\n")


def render(summary: Summary, pictures: Mapping[str, Pictures], sections: Mapping[str, Section]) -> str:
    """Write the page.

    Parameters
    ----------
    summary : dict
        What `summarize` returns.
    pictures : dict
        What `draw` returns; sections without pictures may be left out.
    sections : mapping of str to Section
        The sections by their names, for their titles and templates.

    Returns
    -------
    str
        HTML that refers to nothing outside itself.
    """
    environment = _environment()
    parts = {
        name: Markup(  # noqa: S704 - its template has escaped what it was given
            environment.get_template(sections[name].template).render(
                this=content, pictures=pictures.get(name, {}), summary=summary
            )
        )
        for name, content in summary.items()
    }
    return environment.get_template("report/page.html").render(
        summary=summary,
        titles={name: sections[name].title for name in parts},
        parts=parts,
        style=Markup(_source("report/style.css")),  # noqa: S704 - a file of this package
        script=Markup(_source("report/tables.js") + _source("report/cells.js")),  # noqa: S704 - files of this package
        cells=Markup(summary["where"]["cells"]["json"] if "where" in summary else ""),  # noqa: S704 - JSON without the characters of markup
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {name: getattr(wording, name) for name in FILTERS}
    environment.filters |= {
        "in_percent": in_percent,
        "listed": listed,
        "svg": _svg,
        "shade": shade,
        "breakable": _breakable,
    }
    return environment


def _svg(picture: Picture) -> Markup:
    """Trust the SVG, in which matplotlib has escaped all text, and escape what is said about it."""
    drawn = Markup(picture.svg.removeprefix("<svg"))  # noqa: S704 - see above
    width = re.search(r'width="([\d.]+)pt"', picture.svg)
    size = "narrow" if width is not None and float(width[1]) <= NARROW else "wide"
    return Markup('<svg role="img" class="{}" aria-label="{}"{}').format(size, picture.alt, drawn)


def _breakable(name: str) -> Markup:
    """Let the name of a feature break where its parts meet, and nowhere else."""
    return Markup("<wbr>").join(re.split("(?<=_)|(?<=[a-z])(?=[A-Z])", name))


def _source(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return resources.files(f"experiments.{folder.replace('/', '.')}").joinpath(file).read_text(encoding="utf-8")
