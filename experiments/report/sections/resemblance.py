"""Whether the scans of an extraction resemble those of the study whose settings and whitelist it follows."""

import pandas as pd

from experiments.folder.files import OUTSIDE, REMARKS
from experiments.page import Content, Context, Section
from experiments.page.quantities import Table, table
from experiments.page.wording import number, percent
from harmonize.words import plural, some

MOST_FEATURES = 200
"""More rows than this are left to outside.csv."""
GRAY_LEVELS = ("gray levels", "voxels of the ROI")
"""What concerns ROIs, rather than scans."""


def summarize(context: Context) -> Content | None:
    """Count by what differs the scans or ROIs, and by feature the values outside the range of the study."""
    remarks, ranges = context.run.get(REMARKS), context.run.get(OUTSIDE)
    if remarks is None or ranges is None:
        return None
    beyond = ranges.assign(outside=ranges["below"] + ranges["above"])
    of_rois = remarks["what"].isin(GRAY_LEVELS)
    return {
        "scans": _differences(remarks[~of_rois]),
        "rois": _differences(remarks[of_rois]),
        "text": _text(beyond),
        "by": _by_place(beyond),
        "features": _features(beyond),
        "count": int((beyond["outside"] > 0).sum()),
    }


def _differences(remarks: pd.DataFrame) -> Table:
    keys = ["what", "strategy", "sequence", "roi", "study", "consequence"]
    rows = []
    for key, part in remarks.groupby(keys, sort=True):
        what, strategy, sequence, roi, study, consequence = map(str, key)
        place = " / ".join(filter(None, (sequence, roi, "" if strategy == "all" else strategy)))
        rows.append((what, place, _spread(part["found"]), study, number(len(part)), consequence))
    return table(("What", "Where", "Here", "In the study", "How many", "What follows"), rows, (4,))


def _spread(found: pd.Series) -> str:
    """Give the range of numbers, or the first of texts."""
    numbers = pd.to_numeric(found, errors="coerce")
    if numbers.notna().all():
        least, most = numbers.min(), numbers.max()
        return f"{least:.6g}" if least == most else f"{least:.6g} to {most:.6g}"
    return some(sorted(set(found)), 4)


def _text(ranges: pd.DataFrame) -> str:
    if ranges.empty:
        return (
            "No sequence and ROI has ranges in the study as well, so that nothing tells whether values lie within them."
        )
    share = ranges["outside"].sum() / ranges["n"].sum()
    return (
        f"{percent(share)} of {plural(int(ranges['n'].sum()), 'value')} lie outside the range that the same feature "
        "had in the study, under all of its conditions. Some do by chance, as more people span a wider range; a "
        "feature that mostly lies outside was found reliable for other values than these."
    )


def _by_place(ranges: pd.DataFrame) -> Table:
    rows = []
    for (strategy, sequence, roi), part in ranges.groupby(["strategy", "sequence", "roi"], sort=False):
        mostly = int((part["outside"] > part["n"] / 2).sum())
        share = percent(part["outside"].sum() / part["n"].sum())
        rows.append((str(strategy), str(sequence), str(roi), number(len(part)), share, number(mostly)))
    columns = ("Strategy", "Sequence", "ROI", "Features", "Values outside", "Features mostly outside")
    return table(columns, rows, 3)


def _features(ranges: pd.DataFrame) -> Table:
    shown = ranges[ranges["outside"] > 0].assign(share=lambda part: part["outside"] / part["n"])
    shown = shown.sort_values(["share", "feature"], ascending=[False, True], kind="stable").head(MOST_FEATURES)
    rows = (
        (
            *(row["strategy"], row["sequence"], row["roi"], row["feature"], percent(row["share"])),
            *(f"{row[name]:.4g}" for name in ("least", "largest", "study_least", "study_largest")),
        )
        for row in shown.to_dict("records")
    )
    columns = ("Strategy", "Sequence", "ROI", "Feature", "Outside", "Least", "Largest", "Study's least", "Largest")
    return table(columns, rows, 4)


SECTION = Section(__name__, "resemblance", "Do these scans resemble the study's?", summarize)
