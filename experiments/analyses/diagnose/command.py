"""`radharmony diagnose`: how well the features of a table tell the diagnosis, in subjects that were held out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.shared.groups import Destination, Workers
from experiments.cli.command import command, settings_options
from experiments.cli.options import PATH_THAT_EXISTS, quiet_option
from harmonize.words import plural

if TYPE_CHECKING:
    import pandas as pd

    from experiments.analyses.diagnose.run import DiagnosisFound


@command()
@click.argument("table", type=PATH_THAT_EXISTS)
@settings_options(settings=DiagnosisSettings, given=Destination, workers=Workers)
@quiet_option
def diagnose(table: Path, settings: DiagnosisSettings, given: Destination, workers: Workers, quiet: bool) -> None:
    """Estimate how well the features in TABLE tell the diagnosis, a number or survival.

    TABLE has a row for each subject, or several (they are never split). In repeated, nested cross-validation all that
    learns, from imputing to the choice of features, learns from the training subjects of each fold. Do not choose
    features by the outcome before: no program can see it, and the scores would be too good.
    """
    from experiments.analyses.diagnose.run import DiagnosisInput
    from experiments.cli.place import ResultsPlace

    place = ResultsPlace.of(given, "diagnose")
    found = place.fill(DiagnosisInput, table, settings, workers, quiet)
    if not quiet:
        _show(found, place.folder)


def _show(found: "DiagnosisFound", folder: Path) -> None:
    """Print scores, each model's before the baselines'."""
    from evaluation.classification import HeldOut, HeldOutSurvival, scores_of
    from experiments.analyses.diagnose.files import SCORED
    from experiments.analyses.diagnose.section import SHOWN
    from experiments.cli.terminal import make_console, show_table
    from experiments.folder.added import Added

    console = make_console(markup=False)
    first = next(iter(found.models.values())).held_out
    classes: tuple[object, ...] = first.classes if isinstance(first, HeldOut) else ()
    sought = f", '{classes[1]}' against '{classes[0]}'" if len(classes) == 2 else f", {len(classes)} classes"
    if not classes:
        events = f", {first.n_with_event} with the event" if isinstance(first, HeldOutSurvival) else ""
        sought = f"{events}, {found.given.settings.aim}"
    titles = {name: one.title for name, one in scores_of(first).items()}
    shown = SHOWN[str(found.given.settings.outcome)]
    people = len(set(found.given.subjects.tolist()))
    title = f"Held-out scores with 95 % intervals: {plural(people, 'subject')}{sought}"
    columns = ("model", *(titles[name] for name in shown), "features")
    rows = []
    for name, one in found.everything.items():
        scores = one.scores.set_index("score")
        sizes = one.parameters["n_features"].dropna()
        # A dummy looks at none.
        size = "" if name == "dummy" or sizes.empty else f"{sizes.median():.0f}"
        rows.append((name, *(_shown(scores.loc[score]) for score in shown), size))
    (file,) = Added(folder).paths(SCORED)
    show_table(console, columns, rows, title, noun="model", all_in=file, ends=[len(found.models) - 1])
    console.print(str(file), highlight=False, soft_wrap=True)


def _shown(row: "pd.Series[Any]") -> str:
    """Give a score with its limits, or why there is none."""
    if row["estimate"] != row["estimate"]:
        return f"none ({row['status']})"
    limits = "" if row["lower"] != row["lower"] else f" ({row['lower']:.2f} to {row['upper']:.2f})"
    return f"{row['estimate']:.2f}{limits}"
