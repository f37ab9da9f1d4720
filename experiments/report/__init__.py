"""The report of a finished run: one HTML file that needs nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.folder.run_folder import RunFolder


def write_report(folder: Path, run: "RunFolder | None" = None) -> Path:
    """Write report.html from the other files of a finished run, and return its path.

    The pictures are left as SVG files as well, in the folder `figures`, and the checklists in `checklist.csv`.

    Parameters
    ----------
    folder : Path
        Where `radharmony run` wrote to.
    run : RunFolder, optional
        What run.json is about to say, for a run that comes to its end; by default run.json is read.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty, unreadable or not one of this run; the text names it.
    """
    # Only here, so that importing the package does not load matplotlib.
    from experiments.analyses.places import added
    from experiments.folder.files import CHECKLIST, FIGURES, REPORT
    from experiments.folder.run_folder import RunFolder
    from experiments.page import Context
    from experiments.report.registry import sections
    from experiments.report.render import draw, render, summarize, write_pictures
    from experiments.report.sections.checklists import to_frame

    finished = run or RunFolder.open(Path(folder))
    finished.check()
    context = Context(finished, sections(), added(finished))
    summary = summarize(context)
    CHECKLIST.write(finished.folder, to_frame(summary["checklists"]))
    pictures = draw(context, summary)
    write_pictures(pictures, finished.folder / FIGURES)
    page = render(summary, pictures, context.sections)
    if run is None:
        finished.check_still()
    REPORT.write(finished.folder, page)
    return finished.report
