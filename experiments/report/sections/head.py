"""What stands above all sections: the study in a few facts."""

from collections.abc import Iterator, Mapping
from typing import Any

from experiments.page import Content, Context, Section, wording
from harmonize.words import duration


def summarize(context: Context) -> Content:
    """Give name, facts and what other sections call things by."""
    run = context.record
    return {
        "name": run["name"],
        "description": run["description"],
        "line": _line(run, len(context.features)),
        "facts": [[term, str(text)] for term, text in _facts(run, len(context.features))],
        "not_compared": list(_not_compared(run)),
        "version": run["versions"]["radharmony"],
        "reference": run["reference"],
        "conditions": [name for name in run["conditions"] if name != run["reference"]],
        "rule": context.words.what,
        "where": context.words.where,
        "note": context.words.note,
    }


def _line(run: Mapping[str, Any], n_features: int) -> str:
    """Write the size of the study in one line."""
    counts = (
        wording.plural(len(run[f"{kind.lower()}s"]), kind) for kind in ("subject", "sequence", "condition", "ROI")
    )
    features, strategies = wording.plural(n_features, "feature"), wording.plural(len(run["strategies"]), "strategy")
    return f"{', '.join(counts)}; {features}, {strategies}; {run['reference']} is the reference"


def _not_compared(run: Mapping[str, Any]) -> Iterator[str]:
    for one in run.get("not_compared", []):
        rois = "" if len(one["rois"]) == len(run["rois"]) else f" in {', '.join(one['rois'])}"
        yield f"{one['sequence']}, {one['condition']}{rois}: {one['reason']}"


def _facts(run: Mapping[str, Any], n_features: int) -> Iterator[tuple[str, str]]:
    factors = " × ".join(map(str, run["factors"]))
    yield "Subjects", wording.number(len(run["subjects"]))
    yield "Sequences", f"{len(run['sequences'])}: {', '.join(run['sequences'])}"
    yield "Conditions", f"{len(run['conditions'])} ({factors}): {', '.join(run['conditions'])}"
    yield "Reference condition", run["reference"]
    yield "ROIs", f"{len(run['rois'])}: {', '.join(run['rois'])}"
    yield "Scans", wording.number(run["scans"])
    yield "Features", f"{wording.number(n_features)} for each scan and ROI"
    yield "Strategies", wording.number(len(run["strategies"]))
    yield "Computed", f"{wording.moment(run['finished'])}, in {duration(run['seconds'])}"
    yield "Software", f"radharmony {run['versions']['radharmony']}"


SECTION = Section(__name__, "head", "", summarize)
