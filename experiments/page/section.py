"""A section of a report: what it says (`summarize`), its pictures (`plot`), and a template of its name beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from experiments.folder.added import Added
from experiments.folder.kinds import PlaceInRun, Record
from experiments.page.context import Context
from experiments.page.modeling import Modeling
from experiments.page.quantities import Table

Content = dict[str, Any]
"""What a section says, in plain values that JSON can hold."""


@dataclass(frozen=True)
class Picture:
    """One picture, left as an SVG file of its name too.

    Parameters
    ----------
    name, title : str
        The name is its own in the page.
    svg : str
        One `svg` element.
    alt : str
        What it shows, in words.
    numbers : Table or None
        What it was drawn from.
    strategy : str
        Whose it is; the file then stands in a folder of this name.
    file : bool
        False where the picture is not left as a file, as a command has left it in its own folder.
    """

    name: str
    title: str
    svg: str
    alt: str
    numbers: Table | None = None
    strategy: str = ""
    file: bool = True


Pictures = dict[str, list[Picture]]


def _no_pictures(_context: Context, _content: Content) -> Pictures:
    return {}


def _no_models(_context: Context) -> Modeling | None:
    return None


@dataclass(frozen=True)
class Section:
    """One section of a report.

    Parameters
    ----------
    module : str
        The module that makes it, ``__name__``: the template stands beside it.
    name : str
        Its address within the page, and its key in the summary.
    title : str
        Its heading.
    summarize : callable
        Gives what it says, of what all sections share; None where this report has no such section.
    plot : callable
        Draws, from the same and from what it says, pictures by the names that the template knows them by.
    models : callable
        Tells reporting checklists of models that were trained and tested; None without any.
    """

    module: str
    name: str
    title: str
    summarize: Callable[[Context], Content | None]
    plot: Callable[[Context, Content], Mapping[str, list[Picture]]] = _no_pictures
    models: Callable[[Context], Modeling | None] = _no_models

    @property
    def template(self) -> str:
        """The place of the template within the package."""
        return f"{self.module.removeprefix('experiments.').replace('.', '/')}.html"


def section_of_analysis(
    module: str,
    title: str,
    place: PlaceInRun,
    record: Record | None,
    summarize: Callable[[Added], Content],
    plot: Callable[[Added, Content], Pictures] | None = None,
    models: Callable[[Added], Modeling] | None = None,
) -> Section:
    """Make the section of an analysis, which is there where its results were added to the run.

    Parameters
    ----------
    module, title : str
        See `Section`; its name is that of the place.
    place : PlaceInRun
        The folder within the run.
    record : Record or None
        What says there what was asked and found.
    summarize, plot, models : callable
        See `Section`; they are given what was added, and content that does not fit together is told of for them.
    """

    def told(tell: Callable[..., Any] | None, context: Context, *content: Content) -> Any:
        left = context.left(place, record)
        if left is None or tell is None:
            return None
        with left.readable():
            return tell(left, *content)

    return Section(
        module,
        place,
        title,
        lambda context: told(summarize, context),
        lambda context, content: told(plot, context, content) or {},
        lambda context: told(models, context),
    )
