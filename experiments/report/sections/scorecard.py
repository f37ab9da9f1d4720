"""Which harmonizer earned its place, if any did: all of them side by side on held-out subjects."""

from collections.abc import Callable
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from experiments.folder.scorecard_files import SCORECARD, SCORECARD_RECORD
from experiments.page import Content, Context, Picture, Pictures, Section
from experiments.page.quantities import Table, table
from experiments.page.svg import to_svg


def summarize(context: Context) -> Content | None:
    """Give sentences and a row for each harmonizer; None where the study compares none."""
    card = context.run.get(SCORECARD)
    if card is None:
        return None
    # Only here, and where it is drawn: it loads scikit-learn.
    from experiments.results.scorecard_words import scorecard_absent, scorecard_sentences, scorecard_shown

    record = context.run[SCORECARD_RECORD]
    strategies = []
    for name, of in record["strategies"].items():
        own = card[card["strategy"] == name]
        held = [(str(how), part) for how, part in own.groupby("held", sort=False)]
        strategies.append(
            {
                "name": name,
                "sentences": scorecard_sentences(own[own["held"] == "subject"], record["permutations"]) if held else [],
                "tables": [(how, _table(scorecard_shown(part, of["seconds"]))) for how, part in held],
                "absent": [
                    (how, _table(scorecard_absent(part), 2)) for how, part in held if len(scorecard_absent(part))
                ],
                "notes": of["notes"],
            }
        )
    return {"strategies": strategies, "permutations": record["permutations"]}


def _table(shown: pd.DataFrame, numeric: int = 1) -> Table:
    return table(map(str, shown.columns), shown.to_numpy().tolist(), numeric)


def plot(context: Context, content: Content) -> Pictures:
    """Draw the harmonizers of each strategy, the best on top."""
    from evaluation.figures.scorecard import WIDTH, height_of, scorecard

    card = context.run[SCORECARD]
    card = card[card["held"] == "subject"]
    alt = "Score, agreement, batch left and biology kept of each harmonizer, with limits, beside doing nothing."
    found = {}
    for number, entry in enumerate(content["strategies"]):
        own = card[card["strategy"] == entry["name"]]
        if len(own):
            svg = to_svg(partial(_paint, scorecard, own), WIDTH, height_of(own), f"scorecard-{number}")
            found[entry["name"]] = [Picture(f"scorecard-{number}", "", svg, alt)]
    return found


def _paint(draw: Callable[..., Figure], card: pd.DataFrame, figure: Figure) -> Figure:
    return draw(card, figure=figure)


SECTION = Section(__name__, "scorecard", "Which harmonizer", summarize, plot)
