"""What stands above all sections of an extraction: what was measured, and as which study."""

from collections.abc import Iterator, Mapping
from typing import Any

from experiments.page import Content, Context, Section, wording
from experiments.page.quantities import table
from harmonize.words import duration, plural


def summarize(context: Context) -> Content:
    """Give name, facts, and what each strategy gave."""
    run = context.record
    rows = (
        (row["strategy"], *(wording.number(row[name]) for name in ("subjects", "scans", "rois", "failures")))
        for row in context.run.strategies.to_dict("records")
    )
    return {
        "name": run["name"],
        "description": run["description"],
        "facts": [[term, str(text)] for term, text in _facts(run, len(context.features))],
        "version": run["versions"]["radharmony"],
        "strategies": table(("Strategy", "Subjects", "Scans", "ROIs", "Failures"), rows, 1),
        "study": _study(run),
    }


def _study(run: Mapping[str, Any]) -> str:
    return str(run["like"]["study"]) or "another study" if "like" in run else ""


def _facts(run: Mapping[str, Any], n_features: int) -> Iterator[tuple[str, str]]:
    yield "Subjects", wording.number(len(run["subjects"]))
    yield "Sequences", f"{len(run['sequences'])}: {', '.join(run['sequences'])}"
    yield "Conditions", f"{len(run['conditions'])}: {', '.join(run['conditions'])}"
    yield "ROIs", f"{len(run['rois'])}: {', '.join(run['rois'])}"
    yield "Scans", wording.number(run["scans"])
    yield "Features", f"{wording.number(n_features)} for each scan and ROI"
    yield "Strategies", plural(len(run["strategies"]), "strategy") + (f" of {_study(run)}" if _study(run) else "")
    yield "Computed", f"{wording.moment(run['finished'])}, in {duration(run['seconds'])}"
    yield "Software", f"radharmony {run['versions']['radharmony']}"


SECTION = Section(__name__, "head", "", summarize)
