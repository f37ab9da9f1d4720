"""Chains of perturbations as a study file names them: their grids, and what is drawn of these."""

import itertools
import math
import re
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

from evaluation.tables import UNPERTURBED
from experiments.folder.file_names import folded
from experiments.study.perturbations import Draw
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build, refuse_unknown
from harmonize.inputs.levels import level_text
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.inputs.names import refuse_names
from harmonize.perturbations import PERTURBATIONS, Perturbation
from harmonize.words import plural

CHAIN = r"[^\s+/\\:*?\"<>|,;=@\-.][^+/\\:*?\"<>|,;\u0000]{0,39}"
"""What can name a chain: it begins the names of conditions, which join factors by `+`."""
MOST = 200
"""Draws of a chain: what is asked for beyond was hardly meant."""
Axes = tuple[str, Mapping[str, Sequence[Any]]]
"""The name of a perturbation, and the values of its parameters."""


@dataclass(frozen=True, kw_only=True)
class ChainEntry:
    """What stands below the name of a chain.

    Parameters
    ----------
    steps : list
        Names of perturbations, or of one name with its parameters each; a list of numbers is a grid over them.
    combinations : int or str
        How many of the grid are drawn, or `all`.
    repeats : int
        Draws of each combination, each with new random numbers.
    before, after : str, optional
        The step of strategies before or after which scans are perturbed.
    conditions : str or list of str, optional
        Those whose scans are perturbed; the reference without it.
    seed : int
        Of the random numbers.
    """

    steps: Any
    combinations: int | Literal["all"] = "all"
    repeats: Annotated[int, Bounds(least=1)] = 1
    before: str | None = None
    after: str | None = None
    conditions: Any = None
    seed: Annotated[int, Bounds(least=0)] = 0

    def __post_init__(self) -> None:
        check_limits(self)
        if self.combinations != "all" and self.combinations < 1:
            raise ValueError(f"combinations is {self.combinations}, expected all, or 1 or more")
        if self.before and self.after:
            raise ValueError("'before' and 'after' cannot both be given; leave one out")


def parse_perturbations(value: object, where: str, perturb: Sequence[str] = ()) -> tuple[Draw, ...]:
    """Read `perturbations` of a study file.

    Parameters
    ----------
    value : object
        What stands there.
    where : str
        The place, for messages.
    perturb : sequence of str
        Further chains, each the names of perturbations joined by `+`.

    Raises
    ------
    ConfigurationError
        For unknown perturbations and parameters, names that two chains would share, and grids of more combinations
        than anybody means.

    Examples
    --------
    >>> found = parse_perturbations({"G": {"steps": [{"gamma": {"exponent": [0.8, 1.2]}}]}}, "perturbations")
    >>> [(draw.name, draw.steps[0].exponent) for draw in found]
    [('G-1', 0.8), ('G-2', 1.2)]
    """
    if value is None and not perturb:
        return ()
    value = {} if value is None else value
    if not isinstance(value, Mapping):
        example = "{noise: {steps: [noise], repeats: 10}}"
        raise ConfigurationError(f"{where}: expected chains by their names, such as {example}, found {value!r:.80}")
    seen: dict[str, str] = {}
    found: list[Draw] = []
    for name, entry in value.items():
        _refuse_name(name, seen, where)
        found += _draws(name, entry, f"{where}: {name}")
    for text in perturb:
        name = text.replace("+", "_")
        if name in seen:
            raise ConfigurationError(f"`perturb`: there is a chain '{name}' already; leave one of both out")
        refuse_unknown(text.split("+"), PERTURBATIONS.names, "`perturb`", "unknown perturbation")
        _refuse_name(name, seen, "`perturb`")
        found += _draws(name, text.split("+"), f"`perturb`: {text}")
    return tuple(found)


def _refuse_name(name: object, seen: dict[str, str], where: str) -> None:
    if not isinstance(name, str) or not re.fullmatch(CHAIN, name) or not name.isprintable():
        raise ConfigurationError(
            f"{where}: a chain's name begins those of conditions: expected up to 40 letters, none of "
            f'+ / \\ : * ? " < > | , ; and no - = @ . or space at the beginning, found {name!r:.80}; rename it'
        )
    refuse_names([name], where)
    if folded(name) == UNPERTURBED:
        raise ConfigurationError(f"{where}: '{name}' is what scans are called that are as they were taken; rename it")
    other = seen.setdefault(folded(name), name)
    if other != name:
        raise ConfigurationError(f"{where}: '{other}' and '{name}' differ only in case; rename one")


def _draws(name: str, values: object, where: str) -> list[Draw]:
    entry = build(ChainEntry, {"steps": values} if isinstance(values, list) else values, where)
    if not isinstance(entry.steps, list) or not entry.steps:
        raise ConfigurationError(
            f"{where}: steps: expected a list such as [rotation, contour], found {entry.steps!r:.80}"
        )
    axes = [_axes(one, f"{where}: steps[{place}]") for place, one in enumerate(entry.steps)]
    sizes = [len(values) for _, lists in axes for values in lists.values()]
    steps = [_built(axes, at, where) for at in _chosen(sizes, entry, where)]
    if entry.repeats > 1 and not any(step.effect.random for step in steps[0]):
        raise ConfigurationError(
            f"{where}: repeats: is {entry.repeats}, but nothing in the chain is random, so that all would be the same; "
            "remove it"
        )
    named = entry.conditions if isinstance(entry.conditions, list) else [entry.conditions]
    of = tuple(level_text(one) for one in named if one is not None)
    before, after = entry.before or "", entry.after or ""
    return [
        Draw(name, number, one, before, after, of, entry.seed) for number, one in enumerate(steps * entry.repeats, 1)
    ]


def _chosen(sizes: Sequence[int], entry: ChainEntry, where: str) -> list[tuple[int, ...]]:
    """Choose combinations of a grid; of more draws the first are the same."""
    total = math.prod(sizes)
    wanted = total if entry.combinations == "all" else entry.combinations
    if wanted > total:
        raise ConfigurationError(
            f"{where}: combinations: is {wanted}, but the grid has {total}; write `combinations: all`, and `repeats` "
            "for further draws of the same"
        )
    if wanted * entry.repeats > MOST:
        times = f" drawn {entry.repeats} times" if entry.repeats > 1 else ""
        raise ConfigurationError(
            f"{where}: {plural(wanted, 'combination')} of the grid{times} {'is' if wanted == 1 else 'are'} "
            f"{wanted * entry.repeats} perturbed images of each scan, expected at most {MOST}; draw fewer, such as "
            "`combinations: 30`, or shorten the lists"
        )
    if wanted == total:
        return list(itertools.product(*map(range, sizes)))
    random, met = np.random.default_rng(entry.seed), dict[tuple[int, ...], None]()
    while len(met) < wanted:
        met[tuple(int(random.integers(size)) for size in sizes)] = None
    return list(met)


def _axes(entry: object, where: str) -> Axes:
    """Give a perturbation of a study file by its name, with the values of each parameter that stands there."""
    if not isinstance(entry, str) and (not isinstance(entry, Mapping) or len(entry) != 1):
        raise ConfigurationError(
            f"{where}: expected the name of a perturbation, or one name with its parameters, found {entry!r:.80}"
        )
    name, parameters = (entry, None) if isinstance(entry, str) else next(iter(entry.items()))
    refuse_unknown([name], PERTURBATIONS.names, where, "unknown perturbation")
    kind, where = PERTURBATIONS[name], f"{where}: {name}"
    if not isinstance(parameters, Mapping):
        build(kind, parameters, where)
        return name, {}
    hints = typing.get_type_hints(kind)
    lists = {key: value if _is_grid(hints.get(key), value) else [value] for key, value in parameters.items()}
    for key, values in lists.items():
        if not values or len(set(map(str, values))) < len(values):
            what = "holds a value twice; keep one of each" if values else "is an empty list; write at least one value"
            raise ConfigurationError(f"{where}: {key}: {what}")
    for key, values in lists.items():  # each value, also where not all combinations are drawn
        for value in values:
            build(kind, {**{other: known[0] for other, known in lists.items()}, key: value}, where)
    return name, lists


def _built(axes: Sequence[Axes], at: Sequence[int], where: str) -> tuple[Perturbation, ...]:
    """Give the perturbations of one combination."""
    places = iter(at)
    return tuple(
        build(PERTURBATIONS[name], {key: values[next(places)] for key, values in lists.items()}, f"{where}: {name}")
        for name, lists in axes
    )


def _is_grid(hint: Any, value: object) -> bool:
    """Say whether a list holds several values of a parameter; where one value is a list, it is a list of lists."""
    if not isinstance(value, list):
        return False
    whole = any(typing.get_origin(one) is tuple for one in (hint, *typing.get_args(hint)))
    return not whole or any(isinstance(one, list) for one in value)
