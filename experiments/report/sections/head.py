"""What stands above all sections: the study in a few facts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluation.tables import UNPERTURBED
from experiments.page import Content, Context, Section, wording
from harmonize.words import duration


def summarize(context: Context) -> Content:
    """Give name, facts and what other sections call things by."""
    run = context.record
    between = f"{len(run['conditions'])} ({' × '.join(map(str, run['factors']))})"
    conditions = {
        "Conditions": f"{between}: {', '.join(run['conditions'])}",
        "Reference condition": run["reference"],
    }
    if drawn := run.get("segmentations"):
        conditions["Segmentations"] = f"{counted(drawn)}; conditions are compared by {run['segmentation']}"
    return {
        "name": run["name"],
        "description": run["description"],
        "line": _line(run, len(context.features)),
        "facts": list(map(list, facts(run, len(context.features), conditions).items())),
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
    reference = f"{run['reference']} is the reference"
    if run["reference"] == UNPERTURBED:
        reference = f"all but one of the conditions are computed perturbations of {UNPERTURBED} scans"
    return f"{', '.join(counts)}; {features}, {strategies}; {reference}"


def _not_compared(run: Mapping[str, Any]) -> Iterator[str]:
    for one in run.get("not_compared", []):
        rois = "" if len(one["rois"]) == len(run["rois"]) else f" in {', '.join(one['rois'])}"
        yield f"{one['sequence']}, {one['condition']}{rois}: {one['reason']}"


def facts(run: Mapping[str, Any], n_features: int, conditions: Mapping[str, str]) -> dict[str, str]:
    """Give the size of a run and when it was computed; `conditions` is what to say of these."""
    return {
        "Subjects": wording.number(len(run["subjects"])),
        "Sequences": counted(run["sequences"]),
        **conditions,
        "ROIs": counted(run["rois"]),
        "Scans": wording.number(run["scans"]),
        "Features": f"{wording.number(n_features)} for each scan and ROI",
        "Strategies": wording.number(len(run["strategies"])),
        "Computed": f"{wording.moment(run['finished'])}, in {duration(run['seconds'])}",
        "Software": f"radharmony {run['versions']['radharmony']}",
    }


def counted(names: Sequence[str]) -> str:
    """Say how many names there are, and list them."""
    return f"{len(names)}: {', '.join(names)}"


SECTION = Section(__name__, "head", "", summarize)
