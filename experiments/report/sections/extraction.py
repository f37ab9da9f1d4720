"""What stands above all sections of an extraction: what was measured, and as which study."""

from experiments.page import Content, Context, Section, wording
from experiments.page.quantities import table
from experiments.report.sections.head import counted, facts
from harmonize.words import plural


def summarize(context: Context) -> Content:
    """Give name, facts, and what each strategy gave."""
    run = context.record
    study = str(run["like"]["study"]) or "another study" if "like" in run else ""
    found = facts(run, len(context.features), {"Conditions": counted(run["conditions"])})
    found["Strategies"] = plural(len(run["strategies"]), "strategy") + (f" of {study}" if study else "")
    rows = (
        (row["strategy"], *(wording.number(row[name]) for name in ("subjects", "scans", "rois", "failures")))
        for row in context.run.strategies.to_dict("records")
    )
    return {
        "name": run["name"],
        "description": run["description"],
        "facts": list(map(list, found.items())),
        "reference": run["reference"],
        "version": run["versions"]["radharmony"],
        "strategies": table(("Strategy", "Subjects", "Scans", "ROIs", "Failures"), rows, 1),
        "study": study,
    }


SECTION = Section(__name__, "head", "", summarize)
