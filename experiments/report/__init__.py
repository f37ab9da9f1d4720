"""The report of a finished run: one HTML file that needs nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING

from harmonize.digest import has_digest

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
    from experiments.folder.files import CHECKLIST, FIGURES, REPORT, REPORTED
    from experiments.folder.in_the_way import refuse_in_the_way
    from experiments.folder.run_folder import RunFolder
    from experiments.folder.writing import digests_within, recorded
    from experiments.page import Context
    from experiments.report.registry import sections
    from experiments.report.render import draw, render, summarize, write_pictures
    from experiments.report.sections.checklists import to_frame

    refuse_in_the_way(Path(folder))
    finished = run or RunFolder.open(Path(folder))
    finished.check()
    context = Context(finished, sections(finished.record.get("kind", "")), added(finished))
    summary = summarize(context)
    pictures = draw(context, summary)
    page = render(summary, pictures, context.sections)
    if run is None:
        finished.check_still()
    with recorded() as written:
        if "checklists" in summary:
            finished.write(CHECKLIST, to_frame(summary["checklists"]))
        write_pictures(pictures, finished.path(FIGURES))
        finished.write(REPORT, page)
    finished.write(REPORTED, {"files": digests_within(finished.folder, written)})
    return finished.report


def report_is_whole(folder: Path) -> bool:
    """Tell whether the report of a run, its figures and the checklist are as they were written last."""
    from experiments.folder.files import REPORTED
    from experiments.folder.run_folder import RunFolder
    from experiments.folder.writing import is_inner

    files = (RunFolder(folder).standing(REPORTED) or {"files": {}})["files"]
    return bool(files) and all(is_inner(name) and has_digest(folder / name, files[name]) for name in files)
