"""The settings: steps, extraction, versions and digests."""

import re
from collections.abc import Mapping
from typing import Any

from evaluation.reliability.statistic import Settings, Statistic
from evaluation.reliability.statistics import about
from experiments.page import Content, Context, Section
from experiments.page.chains import chains_in_words
from experiments.page.parameters import flat
from experiments.page.quantities import Table, table
from experiments.page.wording import moment
from harmonize.words import listed, sentence


def summarize(context: Context) -> Content:
    """List the settings of the extraction, versions and digests; methods and steps stand in the template."""
    run = context.record
    shown = [about(name) for name in context["strategies"]["statistics"]]
    return {
        "terms": [_term(one) for one in shown if not one.twin_of],
        "limited": listed(one.label for one in shown if one.usual and _by_jackknife(one)),
        "twins": listed(one.label for one in shown if one.twin_of),
        "settings": extraction_settings(run),
        "perturbations": _perturbations(run),
        "registration": table(("Setting", "Value"), flat(run["registration"])) if run["registration"] else None,
        "versions": software(run),
        "settings_digest": run["settings_digest"],
        "data_digest": run["data_digest"],
        "started": moment(run["started"]),
        "finished": moment(run["finished"]),
    }


def _perturbations(run: Mapping[str, Any]) -> Table | None:
    """List the chains of perturbations; None without any."""
    chains = chains_in_words(run)
    if not chains:
        return None
    columns = ("Chain", "Perturbations, one after the other", "Place among the steps", "Draws", "Seed", "Scans under")
    return table(columns, ((name, *chain[:-1], chain.scans or "the one condition") for name, chain in chains.items()))


def _term(one: Statistic) -> Content:
    words = re.sub(r" ?\[@[^]]+\]", "", one.in_words(Settings()))
    return {"label": one.label, "text": one.definition or f"{sentence(words)}.", "cite": one.citation, "doi": one.doi}


def _by_jackknife(one: Statistic) -> bool:
    return one.limits_in_words is not None and one.limits_in_words(Settings()).name == "jackknife"


def software(run: Mapping[str, Any]) -> Table:
    """List the versions of what computed a run."""
    return table(("Software", "Version"), ((str(name), str(of)) for name, of in run["versions"].items()))


def extraction_settings(run: Mapping[str, Any]) -> list[tuple[str, Table]]:
    """List the settings of the extraction once for all strategies that share them."""
    groups: list[tuple[Any, list[str]]] = []
    for strategy in run["strategies"]:
        extraction = strategy["extraction"]
        names = next((names for known, names in groups if known == extraction), None)
        if names is None:
            groups.append((extraction, [strategy["name"]]))
        else:
            names.append(strategy["name"])
    return [
        ("All strategies" if len(groups) == 1 else ", ".join(names), table(("Setting", "Value"), flat(extraction)))
        for extraction, names in groups
    ]


SECTION = Section(__name__, "methods", "Settings and methods", summarize)
