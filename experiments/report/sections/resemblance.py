"""Whether the scans of an extraction resemble those of the study whose settings and whitelist it follows."""

import pandas as pd

from experiments.folder.files import OUTSIDE, REMARKS
from experiments.page import Content, Context, Section
from experiments.page.quantities import Table, table
from experiments.page.wording import number, percent
from harmonize.words import plural, some

MOST_FEATURES = 200
"""More rows than this are left to outside.csv."""
SAME_SCANS = (
    "Both ends of most ranges are values of these scans, to the last digit: scans of the study are among them. What is "
    "found of these people is no test of what was learned from them."
)
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
        f"had in the study, under all of its conditions. {_by_chance(ranges)}; a "
        "feature that mostly lies outside was found reliable for other values than these."
        + (f" {SAME_SCANS}" if _same_scans(ranges) else "")
    )


def chance(people: "pd.Series[float]") -> "pd.Series[float]":
    """Give the share of values beyond a range of so many people, for one more of the same kind.

    Of n + 1 people alike each is the least, or the largest, with probability 1 / (n + 1). Where the range is over
    several conditions it is wider, and the share smaller.

    Examples
    --------
    >>> chance(pd.Series([1.0, 17.0])).round(3).to_list()
    [1.0, 0.111]
    """
    return 2 / (people + 1)


def _by_chance(ranges: pd.DataFrame) -> str:
    people = ranges["study_people"]
    if people.isna().any():
        return "Some do by chance, as more people span a wider range"
    of = f"{people.min():g}" if people.nunique() == 1 else f"{people.min():g} to {people.max():g}"
    up_to = (chance(people) * ranges["n"]).sum() / ranges["n"].sum()
    return f"Of people like those of the study, of whom there were {of}, up to {percent(up_to)} would by chance"


def _same_scans(ranges: pd.DataFrame) -> bool:
    """Say whether both ends of most ranges are values of these scans, which no other scans have to the last digit."""
    return bool((ranges["study_ends"] == 2).mean() > 0.5)  # some features have ends of their own, such as 0 and 1


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
