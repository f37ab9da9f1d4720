"""Perturbed scans: how many features stay as they are over each chain of perturbations."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluation.reliability.perturbed import ONE_WAY, TWO_WAY
from experiments.folder.files import PERTURBED_SUMMARY
from experiments.page import Content, Context, Section
from experiments.page.chains import chains_in_words
from experiments.page.quantities import Table, counted, known, table
from experiments.page.wording import percent, quartiles, share

KEYS = ["strategy", "on", "chain"]


def summarize(context: Context) -> Content | None:
    """Count what is robust to each chain; None where no scan was perturbed."""
    summary = context.run.get(PERTURBED_SUMMARY)
    if summary is None:
        return None
    return {
        "threshold": float(summary["threshold"].max()),
        "chains": {name: str(chain) for name, chain in chains_in_words(context.record).items()},
        "shares": _shares(summary, context.record["perturbations"]),
    }


def _shares(summary: pd.DataFrame, chains: Mapping[str, Any]) -> Table:
    rows = []
    for (strategy, on, chain), part in summary.groupby(KEYS, sort=False):
        found = part.set_index("statistic").to_dict("index")
        (one, beyond), (two, both) = (_icc(found[name]) for name in (ONE_WAY, TWO_WAY))
        sure = percent(known(found[ONE_WAY]["sure"] / found[ONE_WAY]["n_total"]))
        draws, cv = str(len(chains[str(chain)]["draws"])), quartiles({**found["cv"], "statistic": "cv"})
        rows.append((str(strategy), str(chain), str(on), draws, one, beyond, sure, two, both, cv))
    limits = ("ICC(1,1)", "beyond", "limit beyond", "ICC(A,1)", "beyond", "CV")
    return table(("Strategy", "Chain", "Of", "Draws", *limits), rows, range(3, 10))


def _icc(row: Mapping[Any, Any]) -> tuple[str, str]:
    """Write an ICC, and the share of features beyond the threshold."""
    beyond = share(counted(row["passing"], row["n_total"], row["n_computed"] > 0))
    return quartiles({**row, "statistic": "icc"}), beyond


SECTION = Section(__name__, "perturbations", "Robust to perturbations", summarize)
