"""What perturbations are worth: how many unstable features they catch, where real conditions are known as well."""

from experiments.folder.condition_files import PERTURBATION_WORTH
from experiments.page import Content, Context, Section
from experiments.page.quantities import table
from experiments.results.worth import IN_HALVES, SHOWN, worth_notes, worth_shown


def summarize(context: Context) -> Content | None:
    """Give what each chain catches and rejects; None without both perturbations and several conditions."""
    worth = context.run.get(PERTURBATION_WORTH)
    if worth is None:
        return None
    shown = worth_shown(worth)
    columns = tuple(name.capitalize() for name in shown.columns)
    rows = shown.to_numpy().tolist()
    return {
        "table": table(columns, rows, len(columns) - len(SHOWN) - len(IN_HALVES)),
        "sentences": worth_notes(worth),
        "chains": worth["chain"].unique().tolist(),
    }


SECTION = Section(__name__, "worth", "What perturbations are worth", summarize)
