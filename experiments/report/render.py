"""Put the summary and its pictures into one self-contained page."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from evaluation.percent import in_percent
from experiments.report import wording
from experiments.report.checklists import FilledChecklist
from experiments.report.contents.summary import Summary
from experiments.report.figures import Picture
from experiments.report.figures.page_svg import shade
from experiments.report.sections.compared import ERRORS
from experiments.report.sections.diagnosis import DiagnosisSection
from experiments.report.sections.scans import StrategyPictures
from experiments.report.sections.tradeoff import TradeoffSection
from experiments.report.sections.transfer import TransferSection

NARROW = 290.0
"""Points: pictures up to this wide shrink a little to fit a phone; wider ones would be illegible, and are scrolled."""


def render(
    summary: Summary,
    pictures: Mapping[str, tuple[Picture, ...]],
    scans: Sequence[StrategyPictures] = (),
    tradeoff: TradeoffSection | None = None,
    transfer: TransferSection | None = None,
    checklists: Sequence[FilledChecklist] = (),
    diagnosis: DiagnosisSection | None = None,
) -> str:
    """Write the page.

    Parameters
    ----------
    summary : Summary
    pictures : dict
        What `figures.draw_all` returns.
    scans : sequence of StrategyPictures
        Pictures of scans; none as a rule where the study asks for none.
    tradeoff : TradeoffSection or None
        Of robustness and diagnosis, if `radharmony tradeoff` was run.
    transfer : TransferSection or None
        From one condition to another, if `radharmony transfer` was run.
    checklists : sequence of FilledChecklist
        Reporting checklists, filled as far as the run knows.
    diagnosis : DiagnosisSection or None
        How well features tell the diagnosis, if `radharmony diagnose` wrote into the run folder.

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
            scans=scans,
            tradeoff=tradeoff,
            transfer=transfer,
            checklists=checklists,
            diagnosis=diagnosis,
            style=Markup(_source("style.css")),  # noqa: S704 - a file of this package
            script=Markup(_source("tables.js") + _source("cells.js")),  # noqa: S704 - files of this package
            cells=Markup(summary.cells.json),  # noqa: S704 - JSON without the characters of markup
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
        "in_percent": in_percent,
        "share": wording.share,
        "plural": wording.plural,
        "label": wording.label,
        "limits": wording.limits,
        "estimate": wording.estimate,
        "p_value": wording.p_value,
        "error": ERRORS.__getitem__,
        "svg": _svg,
        "shade": shade,
    }
    return environment


def _svg(picture: Picture) -> Markup:
    """Trust the SVG, in which matplotlib has escaped all text, and escape what is said about it."""
    drawn = Markup(picture.svg.removeprefix("<svg"))  # noqa: S704 - see above
    width = re.search(r'width="([\d.]+)pt"', picture.svg)
    size = "narrow" if width is not None and float(width[1]) <= NARROW else "wide"
    return Markup('<svg role="img" class="{}" aria-label="{}"{}').format(size, picture.alt, drawn)


def _source(name: str) -> str:
    return resources.files("experiments.report").joinpath("templates", name).read_text(encoding="utf-8")
