"""The settings of the extraction."""

from collections.abc import Mapping
from typing import Any

from experiments.report import wording
from experiments.report.contents.quantities import Table


def extraction_settings(run: Mapping[str, Any]) -> tuple[tuple[str, Table], ...]:
    """List the settings of the extraction once for all strategies that share them."""
    groups: list[tuple[Any, list[str]]] = []
    for strategy in run["strategies"]:
        extraction = strategy.get("extraction", {})
        names = next((names for known, names in groups if known == extraction), None)
        if names is None:
            groups.append((extraction, [strategy["name"]]))
        else:
            names.append(strategy["name"])
    return tuple(
        (
            "All strategies" if len(groups) == 1 else ", ".join(names),
            Table(("Setting", "Value"), tuple(wording.flat(extraction))),
        )
        for extraction, names in groups
    )
