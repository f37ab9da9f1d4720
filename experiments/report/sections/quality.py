"""Image quality and the loss of features: which measures go with it, subject by subject."""

from collections.abc import Iterator

import pandas as pd

from evaluation.quality.association import FOUND
from evaluation.written import signed
from experiments.folder.condition_files import QUALITY_LOSS
from experiments.page import Content, Context, Section
from experiments.page.quantities import Table, counted, table
from experiments.page.wording import share
from harmonize.words import listed

MOST = 12
"""So many of the strongest are shown of each strategy."""


def summarize(context: Context) -> Content | None:
    """Count with the loss of which classes each measure goes; None where a run has no such table."""
    found = context.run.get(QUALITY_LOSS)
    if found is None:
        return None
    known = found[found["q"].notna()]
    sentences = list(_sentences(known))
    if known.empty:
        sentences = [f"Nothing could be computed: {found['status'].iloc[0]}."]
    return {"sentences": sentences, "measures": _measures(known), "strongest": _strongest(known), "most": MOST}


def _sentences(known: pd.DataFrame) -> Iterator[str]:
    none = [str(name) for name, rows in known.groupby("strategy", sort=False) if not (rows["q"] < FOUND).any()]
    if none:
        which = "any strategy" if len(none) == known["strategy"].nunique() > 1 else listed(f"“{name}”" for name in none)
        yield f"Under {which} no measure of image quality goes with the loss of a class of features."
    for strategy, rows in known[~known["strategy"].isin(none)].groupby("strategy", sort=False):
        found = rows[rows["q"] < FOUND]
        often = found["measure"].value_counts()
        first = str(often.index[0])
        told = share(counted(int(often.iloc[0]), int((rows["measure"] == first).sum())))
        yield f"Under “{strategy}” the loss of features goes most often with {first}: in {told}."


def _measures(known: pd.DataFrame) -> Table:
    """Write how often each measure goes with the loss, of the sequences, ROIs and classes that were tested."""
    rows = []
    for (strategy, measure), own in known.groupby(["strategy", "measure"], sort=False):
        found = own[own["q"] < FOUND]
        median = signed(float(own["r"].median()))
        rows.append((str(strategy), str(measure), share(counted(len(found), len(own))), median))
    return table(("Strategy", "Measure", "Goes with the loss", "Median r"), rows, 2)


def _strongest(known: pd.DataFrame) -> Table:
    """Write the strongest that were found, with limits."""
    found = known[known["q"] < FOUND]
    found = found.iloc[found["r"].abs().argsort(kind="stable")[::-1]]
    rows = [
        (
            *(str(row[name]) for name in ("strategy", "sequence", "roi", "class", "measure")),
            f"{signed(row['r'])} ({signed(row['lower'])} to {signed(row['upper'])})",
            f"{row['q']:.3f}",
            str(row["n"]),
        )
        for _, own in found.groupby("strategy", sort=False)
        for row in own.head(MOST).to_dict("records")
    ]
    return table(("Strategy", "Sequence", "ROI", "Class", "Measure", "r (95 % limits)", "q", "Subjects"), rows, 5)


SECTION = Section(__name__, "quality", "What image quality has to do with it", summarize)
