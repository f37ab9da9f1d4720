"""Put the summary and its pictures into one self-contained page."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from experiments.report import wording
from experiments.report.compared import ERRORS
from experiments.report.figures import Picture
from experiments.report.summary import Summary


def render(summary: Summary, pictures: Mapping[str, tuple[Picture, ...]]) -> str:
    """Write the page.

    Parameters
    ----------
    summary : Summary
    pictures : dict
        What `figures.draw_all` returns.

    Returns
    -------
    str
        HTML that refers to nothing outside itself.
    """
    return (
        _environment()
        .get_template("report.html")
        .render(
            summary=summary,
            pictures=pictures,
            style=Markup(_source("style.css")),  # noqa: S704 - a file of this package
            script=Markup(_source("tables.js")),  # noqa: S704 - a file of this package
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "number": wording.number,
        "percent": wording.percent,
        "share": wording.share,
        "plural": wording.plural,
        "label": wording.label,
        "limits": wording.limits,
        "estimate": wording.estimate,
        "p_value": wording.p_value,
        "error": ERRORS.__getitem__,
        "svg": _svg,
    }
    return environment


def _svg(picture: Picture) -> Markup:
    """Trust the SVG, in which matplotlib has escaped all text, and escape what is said about it."""
    drawn = Markup(picture.svg.removeprefix("<svg"))  # noqa: S704 - see above
    return Markup('<svg role="img" aria-label="{}"{}').format(picture.alt, drawn)


def _source(name: str) -> str:
    return resources.files("experiments.report").joinpath("templates", name).read_text(encoding="utf-8")
