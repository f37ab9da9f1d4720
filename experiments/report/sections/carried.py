"""ROIs that were carried by registration: how far scans had moved, what was refused, and overlays to judge by eye."""

import io
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from PIL import Image

from experiments.folder.files import OVERLAYS, REGISTRATION
from experiments.folder.kinds import readable
from experiments.folder.writing import is_inner
from experiments.page import Content, Context, Section
from experiments.page.quantities import Table, known, table
from experiments.report.sections.pictures import data_address, read_jpeg

MOST_CHARACTERS = 2_400_000
"""All overlays of a page together, so that it stays below 15 MB beside the other pictures."""
MOST_ROWS = 500
"""More pairs than this are left to registration.csv."""
COLUMNS = {
    **{"subject": "Subject", "sequence": "Sequence", "condition": "Condition", "rois": "ROIs"},
    **{"status": "Status", "by": "Known by"},
    **{"translation_mm": "Moved, mm", "rotation_degrees": "Turned, degrees", "residual_mm": "Searches apart, mm"},
    **{"overlap": "Overlap", "metric_before": "Metric before", "metric_after": "after"},
}
NUMBERS = tuple(COLUMNS)[6:]
Pair = Mapping[str, str]


def summarize(context: Context) -> Content | None:
    """Count pairs, and show them: refused ones first, then those that searches agree on least."""
    found = context.run.get(REGISTRATION)
    if found is None or found.empty:
        return None
    pairs: list[Pair] = found.fillna("").to_dict("records")
    pairs.sort(key=lambda pair: (pair["status"] == "carried", -(known(pair["residual_mm"]) or 0.0)))
    carried = [pair for pair in pairs if pair["status"] == "carried"]
    known_still = [pair for pair in carried if pair["by"] != "search"]
    shown, left_out = _overlays(context, pairs)
    return {
        "pairs": len(pairs),
        "refused": len(pairs) - len(carried),
        "still": len(known_still),
        "ranges": _ranges([pair for pair in carried if pair["by"] == "search"]),
        "table": _table(pairs[:MOST_ROWS]),
        "groups": [
            {"title": title, "pictures": pictures}
            for title, wanted in (("refused", True), ("carried", False))
            if (pictures := [one for one in shown if one["refused"] == wanted])
        ],
        "left_out": left_out,
    }


def _ranges(pairs: Sequence[Pair]) -> Table:
    """Give the middle and the largest value of what was measured of pairs that were carried."""
    rows = []
    for name in ("translation_mm", "rotation_degrees", "residual_mm"):
        values = [value for pair in pairs if (value := known(pair[name])) is not None]
        if values:
            rows.append((COLUMNS[name], f"{median(values):.3g}", f"{max(values):.3g}"))
    return table(("Of the carried pairs", "Median", "Largest"), rows, 1)


def _table(pairs: Sequence[Pair]) -> Table:
    rows = [[_short(pair[name]) if name in NUMBERS else pair[name] for name in COLUMNS] for pair in pairs]
    return table(COLUMNS.values(), rows, 6)


def _short(text: str) -> str:
    value = known(text)
    return "" if value is None else f"{value:.3g}"


def _overlays(context: Context, pairs: Sequence[Pair]) -> tuple[list[dict[str, Any]], int]:
    """Give the overlays of pairs as far as they fit, and how many do not; those that were taken away count for none."""
    shown, left, left_out = [], MOST_CHARACTERS, 0
    folder = context.run.path(OVERLAYS)
    for pair in pairs:
        path = folder / pair["picture"]
        if not pair["picture"] or not path.is_file():
            continue
        with readable(path):
            if not is_inner(pair["picture"]):
                raise ValueError(f"'{pair['picture']}' leads out of the folder")
            content = read_jpeg(path)
            with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
                width, height = picture.size
        address = data_address("jpeg", content)
        if len(address) > left:
            left_out += 1
            continue
        left -= len(address)
        where = ", ".join(pair[key] for key in ("subject", "sequence", "condition"))
        said = {"where": f"{where} ({pair['rois']})", "what": _said(pair), "refused": pair["status"] != "carried"}
        shown.append({**said, "address": address, "width": width, "height": height})
    return shown, left_out


def _said(pair: Pair) -> str:
    if pair["status"] == "lost":
        return pair["problem"]
    if pair["status"] == "refused":
        return f"refused: {pair['problem'].removeprefix('the registration ')}"
    if pair["by"] != "search":
        return f"lies still, by the {pair['by']}"
    moved, turned, apart = (_short(pair[name]) for name in ("translation_mm", "rotation_degrees", "residual_mm"))
    return f"moved by {moved} mm and turned by {turned} degrees; searches agree to {apart} mm"


SECTION = Section(__name__, "carried", "Registration of ROIs", summarize)
