"""What harmonizers did, as the report says it."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure

from evaluation.figures import before_after, effect_sizes, priors
from evaluation.reliability.statistics import about, leading
from experiments.folder.files import BATCH_EFFECTS, HARMONIZATION_SUMMARY
from experiments.page import Content, Context, Picture, Pictures, Section
from experiments.page.quantities import Table, table
from experiments.page.svg import to_svg
from experiments.page.wording import label, percent, plural
from experiments.study.harmonizer import method_text

if TYPE_CHECKING:
    from evaluation.batch_effects import BatchEffects

MEASURES = {
    "robust_share": "Robust combinations",
    "organ_silhouette": "Organs told apart (silhouette)",
    "organ_variance_share": "Variance between organs, median share",
    "subject_order": "Subjects keep their order (Spearman with raw)",
    "batch_accuracy": "Batch told by a classifier (balanced accuracy)",
}
"""What the rows of harmonization.csv are called beside the medians of statistics."""
SHARES = ("robust_share", "organ_variance_share", "batch_accuracy")
COLUMNS = {
    "raw": "Raw",
    "held_out": "Held-out",
    "in_sample": "In-sample",
    "null_raw": "Raw",
    "null_held_out": "Held-out",
    "null_in_sample": "In-sample",
}
EFFECTS = {
    **{"sequence": "Sequence", "roi": "ROI", "batch": "Batch", "values": "Values"},
    **{"location_median": "Location, median", "location_p90": "Location, 90 %"},
    **{"scale_median": "Scale ratio, median", "scale_p90": "Scale ratio, 90 %", "features": "Features"},
}
ALPHA, LEAST_PERMUTATIONS = 0.05, 19
"""Up to which p a loss is a sign of harm, and how many permutations it takes to get there."""
WIDTH = 5.8
"""Of pictures, in inches: two side by side fill the page."""


def summarize(context: Context) -> Content | None:
    """Say of each strategy with a harmonizer what it did, in the order of run.json; None without any."""
    found = context.run.get(HARMONIZATION_SUMMARY)
    if found is None:
        return None
    tables = dict(list(found.groupby("strategy", sort=False)))
    diagnoses = _diagnoses(context)
    strategies = []
    for entry in context.record["strategies"]:
        name = entry["name"]
        if not entry.get("harmonizer") or name not in tables:
            continue
        diagnosis = diagnoses.get(name)
        strategies.append(
            {
                "name": name,
                "method": method_text(entry["harmonizer"]),
                "measures": _measures(tables[name]),
                "optimism": _optimism(tables[name], context.words.rest),
                "loss": loss(name, tables[name], len(context.record["subjects"]), context.words.rest),
                "notes": list(diagnosis.notes) if diagnosis else [],
                "effects": _effects(diagnosis.effects) if diagnosis else None,
                "from_mean": diagnosis is not None and diagnosis.from_mean,
                "mirrored": diagnosis is not None and len(diagnosis.drawn_sizes) < len(diagnosis.sizes),
            }
        )
    return {"strategies": strategies} if strategies else None


def _measures(found: pd.DataFrame) -> Table:
    rows = (
        (
            MEASURES.get(row["measure"]) or _median_of(row["measure"].removesuffix("_median")),
            *(_number(row[key], row["measure"]) for key in COLUMNS),
            "–" if pd.isna(row["p_held_out"]) else f"{row['p_held_out']:.2g}",
        )
        for row in found.to_dict("records")
    )
    return table(("Measure", *COLUMNS.values(), "p, held-out"), rows, 1)


def _median_of(statistic: str) -> str:
    one = about(statistic)
    return f"{one.labelled()}, median" + (f": {one.remark}" if one.remark else "")


def _robust(rest: str) -> str:
    """Name what is counted; values that were harmonized here have no design of facets."""
    return f"robust combinations (by {rest} alone, without facets)" if rest else "robust combinations"


def _optimism(found: pd.DataFrame, rest: str) -> str:
    """Say how much of the gain is real, in one or two sentences."""
    by_measure = found.set_index("measure")
    row = by_measure.loc["robust_share"]
    raw, held, seen = (_number(row[key], "robust_share") for key in ("raw", "held_out", "in_sample"))
    text = (
        f"On subjects that the model had not seen, the share of {_robust(rest)} goes from {raw} to {held}; "
        f"computed on the subjects it was fitted on, it would be {seen}."
    )
    if not row["n_permutations"]:
        return text
    shown = leading()
    medians = by_measure.loc[f"{shown}_median"]
    null, chance = (_number(medians[key], shown) for key in ("null_raw", "null_in_sample"))
    return (
        f"{text} With conditions permuted within subjects ({plural(int(row['n_permutations']), 'permutation')}), where "
        f"there is nothing to harmonize, fitting on the same subjects takes the median {label(shown)} from {null} to "
        f"{chance}."
    )


def loss(strategy: str, found: pd.DataFrame, subjects: int, rest: str = "") -> str:
    """Say of a strategy that loses robust features held out whether that is more than learning from few subjects costs.

    Empty where nothing is lost. By chance (conditions permuted within subjects) there is nothing to harmonize, so that
    what is lost there is the error of a model of so few subjects. That varies from one permutation to another: a loss
    above its median is no sign of harm, half of all losses without any are.
    """
    row = found.set_index("measure").loc["robust_share"]
    raw, held, null_raw, null_held = (float(row[key]) for key in ("raw", "held_out", "null_raw", "null_held_out"))
    if not held < raw:
        return ""
    told = (
        f"“{strategy}” loses {100 * (raw - held):.1f} percentage points of {_robust(rest)} by harmonization "
        f"(held out; {percent(raw, 1)} to {percent(held, 1)})"
    )
    if not row["n_permutations"] or math.isnan(null_raw) or math.isnan(null_held):
        return f"{told}; without permutations it is not known whether this is harm or the price of few subjects."
    p, n = float(row["p_loss"]), int(row["n_permutations"])
    by_chance = (
        f"with conditions permuted it goes from {percent(null_raw, 1)} to {percent(null_held, 1)} (p = {p:.3f} of a "
        f"loss as large, {plural(n, 'permutation')})"
    )
    if n < LEAST_PERMUTATIONS:
        return f"{told}; {by_chance}: so few permutations cannot tell harm from the price of few subjects."
    if p > ALPHA:
        return (
            f"{told}; {by_chance}: as much is lost where there is nothing to harmonize. This is the price of learning "
            f"from {plural(subjects, 'subject')}, and no sign of harm."
        )
    return (
        f"{told}; {by_chance}: this is more than learning from {plural(subjects, 'subject')} costs where there is "
        "nothing to harmonize, and a sign of harm."
    )


def _effects(effects: pd.DataFrame) -> Table:
    names = [name for name in EFFECTS if name in effects.columns]
    numeric = [at for at, name in enumerate(names) if name.startswith(("location", "scale", "features"))]
    rows = (
        [f"{value:.2f}" if isinstance(value, float) else str(value) for value in row]
        for row in effects[names].itertuples(index=False, name=None)
    )
    return table((EFFECTS[name] for name in names), rows, numeric)


def _number(value: float, measure: str) -> str:
    if pd.isna(value):
        return "–"
    return percent(value) if measure in SHARES else f"{value:.3f}"


def plot(context: Context, content: Content) -> Pictures:
    """Draw what each harmonizer learned and did, in the group whose batches lie furthest apart."""
    diagnoses = _diagnoses(context)
    return {
        name: _pictures(name, diagnoses[name], f"harmonization-{number}")
        for number, name in enumerate(entry["name"] for entry in content["strategies"])
        if name in diagnoses
    }


def _diagnoses(context: Context) -> "dict[str, BatchEffects]":
    from evaluation.batch_effects import BatchEffects  # only here: it loads scikit-learn

    where, found = context.run.path(BATCH_EFFECTS), context.run[BATCH_EFFECTS]
    return {name: BatchEffects.from_mapping(one, f"{where}: {name}") for name, one in found.items()}


def _pictures(strategy: str, found: "BatchEffects", name: str) -> list[Picture]:
    group = " / ".join(found.labels) or "all rows"
    sizes, parts, density = found.drawn_sizes, found.components, found.density

    def picture(kind: str, paint: Callable[[Figure], object], height: float, title: str, alt: str) -> Picture:
        svg = to_svg(paint, WIDTH, height, f"{name}-{kind}")
        return Picture(f"{name}-{kind}", f"{strategy}: {title}", svg, alt, TABLES[kind](found))

    other = "the mean of all rows" if found.from_mean else "the reference"
    drawn = [
        picture(
            "effects",
            lambda figure: effect_sizes(sizes, from_mean=found.from_mean, figure=figure),
            0.85 + 0.62 * sizes["batch"].nunique(),
            f"effect sizes in {group}",
            f"Difference of means between each batch and {other}, over features, before and after.",
        )
    ]
    if found.priors:
        drawn.append(
            picture(
                "priors",
                lambda figure: priors(found.priors, figure=figure),
                0.7 + 1.55 * len(found.priors),
                f"what ComBat learned in {group}",
                "Location and squared scale of each batch over features: estimates, prior, and after empirical Bayes.",
            )
        )
    more: dict[str, Any] = {} if parts is None else {"scores": (parts.before, parts.after), "shares": parts.shares}
    values = (density.feature, density.before, density.after, found.batches)
    drawn.append(
        picture(
            "rows",
            lambda figure: before_after(*values, **more, figure=figure),
            2.4 if parts is None else 4.9,
            f"{group} before and after, subjects held out",
            f"Densities of {density.feature} by batch, and all rows on two principal components.",
        )
    )
    return drawn


def _sizes(found: "BatchEffects") -> Table:
    columns = ("Batch", "Before: Q1", "Median", "Q3", "After: Q1", "Median", "Q3", "Features")
    rows = []
    for batch, part in found.sizes.groupby("batch", sort=False):
        quartiles = (part[column].quantile(share) for column in ("raw", "held_out") for share in (0.25, 0.5, 0.75))
        rows.append((str(batch), *(f"{value:.2f}" for value in quartiles), str(len(part))))
    return table(columns, rows, 1)


def _priors(found: "BatchEffects") -> Table:
    columns = ("Batch", "Rows", "Location: mean of the prior", "its variance", "Scale: a of the prior", "b")
    rows = (
        (
            *(prior.batch, str(prior.rows)),
            *(f"{x:.3g}" if prior.parametric else "–" for x in (prior.gamma_bar, prior.tau2, prior.a, prior.b)),
        )
        for prior in found.priors
    )
    return table(columns, rows, 1)


TABLES: Mapping[str, Callable[["BatchEffects"], Table | None]] = {
    "effects": _sizes,
    "priors": _priors,
    "rows": lambda _: None,
}
"""The numbers beside each picture."""

SECTION = Section(__name__, "harmonization", "Harmonization", summarize, plot)
