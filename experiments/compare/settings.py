"""Differences between two records of settings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Difference = tuple[str, Any, Any]
"""Where, and the value on either side; None where there is none."""

LISTS = ("factors", "subjects", "sequences", "conditions", "rois")
STUDY = ("reference", *LISTS, "rule", "registration", "segmentation", "segmentations", "facets", "harmonizers")


def setting_differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    """List what differs between the settings in two run.json: study, rule, registration, strategies of one name.

    Examples
    --------
    >>> strategy = {"name": "z", "steps": [{"zscore": {"scale": 100}}], "extraction": {}}
    >>> one = {"settings_digest": "a", "strategies": [strategy], "reference": "REF+STD"}
    >>> other = {**one, "strategies": [{**strategy, "steps": [{"zscore": {"scale": 1}}]}]}
    >>> setting_differences(one, other)
    [('strategies.z.steps.1.zscore.scale', 100, 1)]
    """
    found = differences({key: first.get(key) for key in STUDY}, {key: second.get(key) for key in STUDY})
    mine, yours = ({entry["name"]: _strategy(entry) for entry in run["strategies"]} for run in (first, second))
    for name in dict.fromkeys([*mine, *yours]):
        if name in mine and name in yours:
            found += differences(mine[name], yours[name], f"strategies.{name}")
        else:
            there, here = ("there" if name in run else None for run in (mine, yours))
            found.append((f"strategies.{name}", there, here))
    if not found and first["settings_digest"] != second["settings_digest"]:
        # only the names of strategies, or what run.json does not spell out
        found.append(("settings_digest", first["settings_digest"], second["settings_digest"]))
    return found


def differences(first: Any, second: Any, where: str = "") -> list[Difference]:
    """List the places where two nested mappings differ.

    Examples
    --------
    >>> differences({"a": 1, "b": {"c": [1, 2]}}, {"b": {"c": [1]}})
    [('a', 1, None), ('b.c', [1, 2], [1])]
    """
    mine, yours = dict(_leaves(first, where)), dict(_leaves(second, where))
    places = dict.fromkeys([*mine, *yours])
    return [(place, mine.get(place), yours.get(place)) for place in places if mine.get(place) != yours.get(place)]


def _leaves(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{where}.{key}" if where else str(key))
    else:
        yield where, value


def _strategy(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Give what determines the result, steps by their place in the order."""
    steps: Sequence[Any] = entry["steps"]
    return {
        "steps": {str(number): step for number, step in enumerate(steps, start=1)},
        "extraction": entry["extraction"],
        "harmonizer": entry.get("harmonizer"),
    }
