"""A page of facets alone, for tables that no run has made."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from experiments.folder.files import REPORT
from experiments.folder.run_folder import RunFolder
from experiments.page import Section
from experiments.report.render import render
from experiments.report.sections import facets
from harmonize.errors import ConfigurationError
from harmonize.words import plural


def write_facets_page(folder: Path) -> Path:
    """Write report.html from the tables that an analysis of facets has left in a folder, and return its path.

    Raises
    ------
    ConfigurationError
        For a table that is missing or damaged.
    """
    place = RunFolder(folder)
    tables = {file: place.standing(file) for file in facets.TABLES}
    files = facets.FacetFiles.of(tables.values())
    if files is None:
        absent = next(file for file, table in tables.items() if table is None)
        raise ConfigurationError(f"{place.path(absent)}: is missing or damaged; run `radharmony reliability` again")
    content = facets.condense(files)
    subjects = plural(int(files.components["n"].max()), "subject")
    line = f"{plural(files.components['feature'].nunique(), 'feature')} of {subjects}"
    head: dict[str, Any] = {"name": "Facets of measurement", "line": line, "version": version("radharmony")}
    sections = {"head": Section(__name__, "head", "", lambda _: head), "facets": facets.SECTION}
    page = render({"head": head, "facets": content}, {"facets": facets.draw(files, content)}, sections)
    place.write(REPORT, page)
    return place.report
