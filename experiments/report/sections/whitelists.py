"""The whitelists: which features are robust, where, under which strategies, and how far the strategies agree."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from evaluation.tables import feature_class
from experiments.page import Content, Context, Picture, Pictures, Section
from experiments.page.context import Members
from experiments.page.quantities import counted, table
from experiments.page.svg import FAINT, QUIET, SCALE, field_axes, fit, ink_on, to_svg
from experiments.page.wording import number

LABELS, BOTTOM, MARGIN = 1.28, 0.28, 0.06
FIELD = (0.55, 0.4)


def summarize(context: Context) -> Content:
    """List what is robust, feature by feature and place by place, and compare the whitelists."""
    return {
        "strategies": list(context.robust),
        "overlap": overlap(context.robust),
        "features": whitelisted(context.robust, context.candidates),
        "lists": _lists(context),
    }


def overlap(robust: Mapping[str, Members]) -> Content | None:
    """Compare the whitelists of all pairs of strategies; None for a single strategy.

    Examples
    --------
    >>> both = overlap({"a": frozenset({("s", "r", "f"), ("s", "r", "g")}), "b": frozenset({("s", "r", "g")})})
    >>> both["jaccard"]
    [[1.0, 0.5], [0.5, 1.0]]
    """
    if len(robust) < 2:
        return None
    held = list(robust.values())
    jaccard = [[len(one & two) / len(one | two) if one | two else None for two in held] for one in held]
    return {"strategies": list(robust), "shared": [[len(a & b) for b in held] for a in held], "jaccard": jaccard}


def whitelisted(robust: Mapping[str, Members], candidates: pd.DataFrame) -> list[Content]:
    """Count for every feature in how many sequences x ROIs it is robust, by strategy."""
    totals = candidates.groupby(["strategy", "feature"], sort=False).size().to_dict()
    found = {
        name: pd.Series([key[2] for key in held], dtype=object).value_counts().to_dict()
        for name, held in robust.items()
    }
    return [
        {
            "feature": feature,
            "class": feature_class(feature),
            "shares": [counted(found[name].get(feature, 0), totals.get((name, feature), 0)) for name in robust],
        }
        for feature in sorted(set().union(*found.values()), key=lambda feature: (feature_class(feature), feature))
    ]


def _lists(context: Context) -> list[Content]:
    totals = context.candidates.groupby(["strategy", "sequence", "roi"], sort=False).size().to_dict()
    return [
        {
            "strategy": name,
            "cells": [
                {
                    "sequence": sequence,
                    "roi": roi,
                    "share": counted(len(features), totals.get((name, sequence, roi), 0)),
                    "features": list(features),
                }
                for sequence, rois in content.features.items()
                for roi, features in rois.items()
            ],
        }
        for name, content in context.whitelists.items()
    ]


def plot(_context: Context, content: Content) -> Pictures:
    """Draw how far the whitelists agree."""
    found = content["overlap"]
    if found is None:
        return {}
    names = found["strategies"]
    rows = (
        (names[one], names[two], number(found["shared"][one][two]), _index(found["jaccard"][one][two], 3))
        for one in range(len(names))
        for two in range(one + 1, len(names))
    )
    columns = ("Strategy", "And", "Robust under both", "Jaccard index")
    alt = "Jaccard index between the whitelists of each pair of strategies."
    return {"overlap": [Picture("overlap", "", overlap_map(found), alt, table(columns, rows, 2))]}


def overlap_map(found: Content) -> str:
    """Draw the lower triangle: the Jaccard index of each pair and, below it, how many combinations both hold."""
    count = len(found["strategies"])

    def paint(figure: Figure) -> None:
        axes = field_axes(figure, count, count, FIELD, LABELS, BOTTOM)
        for y, one in enumerate(found["strategies"]):
            letter = chr(65 + y % 26)
            axes.text(-0.12, y + 0.5, fit(one), ha="right", va="center", linespacing=1.05)
            axes.text(y + 0.5, count + 0.12, letter, ha="center", va="top", weight="bold")
            axes.text(y + 1.12, y + 0.5, letter, ha="left", va="center", weight="bold")
            for x in range(y + 1):
                value = None if x == y else found["jaccard"][y][x]
                face, color = ("#ffffff", ink_on(0.0)) if value is None else (SCALE(value), ink_on(value))
                axes.add_patch(Rectangle((x, y), 1, 1, facecolor=face, edgecolor=FAINT, linewidth=0.6))
                if x != y:
                    axes.text(x + 0.5, y + 0.36, _index(value, 2), ha="center", va="center", color=color)
                lower, small = (y + 0.74, color) if x != y else (y + 0.52, QUIET)
                shared = number(found["shared"][y][x])
                axes.text(x + 0.5, lower, shared, ha="center", va="center", size=6.5, color=small)

    return to_svg(paint, LABELS + count * FIELD[0] + 0.35, MARGIN + count * FIELD[1] + BOTTOM, "overlap")


def _index(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


SECTION = Section(__name__, "whitelists", "Robust features and their overlap", summarize, plot)
