"""The scorecard of harmonizers, as people read it: in a terminal, and in the report."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evaluation.batch_effects.measures import KEPT, measure_of
from evaluation.batch_effects.scorecard_rows import NONE
from evaluation.written import in_percent, signed, with_limits
from harmonize.words import listed, plural, some

SHARES = ("damaged", "negative")
"""Measures that are counts of features, in per cent."""
SURE = 0.05
"""p below which a gain is not taken for chance."""
ENOUGH = round(1 / SURE)
"""Exchanges of batches by which p can be below that."""
METHOD, SECONDS, REASON = "Harmonizer", "Seconds", "Not measured because"


def scorecard_shown(card: pd.DataFrame, seconds: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Give a row of texts for each method that was measured, the best first.

    Parameters
    ----------
    card : DataFrame
        That of `harmonization_scorecard`, of one way of holding out.
    seconds : mapping of str to float, optional
        By method.
    """
    rows = []
    measures = [
        name for name in card["measure"].unique() if (card.loc[card["measure"] == name, "status"] == "ok").any()
    ]
    for method in _ordered(card):
        own = card[card["method"] == method].set_index("measure")
        score = own.loc["score"]
        ranks = score["rank_lower"], score["rank_upper"]
        row = {METHOD: method, "Rank": with_limits(score["rank"], *ranks, write=lambda value: f"{value:.0f}")}
        for name in measures:
            row[measure_of(name).label] = _told(own.loc[name], name)
            if name == "score":
                row["p of the gain"] = "–" if np.isnan(score["p"]) else f"{score['p']:.2g}"
        if seconds:
            row[SECONDS] = f"{seconds[method]:.1f}"
        rows.append(row)
    return pd.DataFrame(rows)


def scorecard_absent(card: pd.DataFrame) -> pd.DataFrame:
    """Give the methods that were not measured, and why."""
    absent = card[(card["measure"] == "score") & (card["status"] != "ok")]
    return pd.DataFrame({METHOD: absent["method"].tolist(), REASON: absent["reason"].tolist()})


def scorecard_sentences(card: pd.DataFrame, permutations: int) -> list[str]:
    """Say which harmonizer earned its place, or plainly that none did.

    Parameters
    ----------
    card : DataFrame
        Of subjects held out.
    permutations : int
        How often batches were exchanged.
    """
    scores = card[(card["measure"] == "score") & (card["status"] == "ok")].set_index("method")
    others = scores.drop(index=NONE, errors="ignore")
    if others.empty:
        return ["No harmonizer could be measured; what kept each from it stands below."]
    if NONE not in scores.index:
        return ["What doing nothing gives could not be measured, so that no gain is known."]
    best, raw = str(others["estimate"].idxmax()), scores.loc[NONE]
    row = others.loc[best]
    told = f"{best} has the best score, {_score(row)} against {_score(raw)} for doing nothing"
    if row["estimate"] <= raw["estimate"]:
        return [f"Nothing beats doing nothing: of the harmonizers {told}, on subjects that they have not seen."]
    if not permutations:
        return [f"{told}; without exchanges of batches it is not known what is gained by chance."]
    floor = 1 / (1 + permutations)
    if floor >= SURE:
        return [
            f"{told}; {plural(permutations, 'exchange')} of batches give no p below {floor:.2g}, too few to tell a "
            f"gain from chance: take {ENOUGH} or more."
        ]
    if not row["p"] < SURE:
        why = "nothing is gained on the features and folds that chance is asked with"
        if np.isfinite(row["p"]):
            why = f"some harmonizer gains as much where batches are exchanged (p = {row['p']:.2g})"
        return [f"Nothing beats doing nothing: {told}, but {why}. Leave features as they are."]
    sentences = [
        f"On subjects that it has not seen {told}; so much is hardly gained by any where batches are exchanged "
        f"(p = {row['p']:.2g}, {plural(permutations, 'exchange')})."
    ]
    if np.isfinite(row["first"]):
        near = [str(name) for name, one in others.iterrows() if name != best and one["rank_lower"] <= 1]
        first = f"In draws of subjects it comes first in {in_percent(row['first'])} %"
        sentences.append(f"{first}; not told apart from it: {some(near, 6)}." if near else f"{first}.")
    worse = [str(name) for name, one in others.iterrows() if one["estimate"] < raw["estimate"]]
    if worse:
        sentences.append(f"Worse than doing nothing: {some(worse, 6)}.")
    of_best = card[card["method"] == best].set_index("measure")
    harm = [
        f"{in_percent(of_best.loc[name, 'estimate'])} % of the {of_best.loc[name, 'n']:.0f} {what}"
        for name, what in (
            ("damaged", "combinations that were reliable are not any more"),
            ("negative", "that were nowhere negative become so"),
        )
        if name in of_best.index and of_best.loc[name, "estimate"] > 0
    ]
    known = card.loc[card["status"] == "ok", "measure"].unique()
    if not any(name.startswith(KEPT) or name in ("auc", "icc_a1") for name in known):
        sentences.append(
            "What is kept of biology was not measured, as nothing was named that must stay and no subjects have "
            "several batches: a harmonizer that takes it out would look as good."
        )
    if harm:
        sentences.append(f"Its price: {listed(harm)}.")
    return sentences


def _ordered(card: pd.DataFrame) -> list[str]:
    scores = card[(card["measure"] == "score") & (card["status"] == "ok")]
    return [str(name) for name in scores.sort_values("estimate", ascending=False, kind="stable")["method"]]


def _score(row: "pd.Series") -> str:
    return with_limits(row["estimate"], row["lower"], row["upper"], lambda value: signed(value, 3))


def _told(row: "pd.Series", name: str) -> str:
    if row["status"] != "ok":
        return "–"
    if name in SHARES:
        return f"{in_percent(row['estimate'])} %"
    return with_limits(row["estimate"], row["lower"], row["upper"])
