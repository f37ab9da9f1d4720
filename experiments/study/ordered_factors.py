"""The ordered levels that a study names: by factor the number of each level, for trends."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluation.trends.numbered import level_numbers
from evaluation.trends.ordered import OrderedFactor
from experiments.study.manifest import Scan
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.levels import find_level


def parse_levels(
    value: object, factors: Sequence[str], scans: Iterable[Scan], reference: str, where: str
) -> tuple[OrderedFactor, ...]:
    """Read the numbers of ordered levels.

    Parameters
    ----------
    value : object
        What stands there: by factor a mapping of levels to numbers, or nothing where the levels are numbers.
    factors : sequence of str
        Those of the study.
    scans : iterable of Scan
    reference : str
        The reference condition. Levels are compared with that of it where that is the lowest or the highest, and with
        the lowest otherwise.
    where : str
        The place, for messages.

    Raises
    ------
    ConfigurationError
        For what is no factor of the study, or a level without a number.
    """
    if not value:
        return ()
    if not isinstance(value, Mapping):
        raise ConfigurationError(
            f"{where}: expected the numbers of levels by factor, such as {{{factors[0]}: {{R2: 2, R4: 4}}}}, found "
            f"{value!r:.60}"
        )
    refuse_unknown(value, factors, where, "no factor of the study is called")
    conditions = {scan.condition: tuple(scan.levels[factor] for factor in factors) for scan in scans}
    return tuple(
        _factor(name, given, factors, conditions, reference, f"{where}: {name}") for name, given in value.items()
    )


def _factor(
    name: str,
    given: object,
    factors: Sequence[str],
    conditions: Mapping[str, Sequence[str]],
    reference: str,
    where: str,
) -> OrderedFactor:
    place = list(factors).index(name)
    names = list(dict.fromkeys(levels[place] for levels in conditions.values()))
    if given is not None and not isinstance(given, Mapping):
        raise ConfigurationError(f"{where}: expected a number for each level, found {given!r:.60}")
    spelt = {find_level(level, names, f"{where}: there is no level"): number for level, number in (given or {}).items()}
    numbers = level_numbers(names, spelt, where)
    own = numbers.get(conditions[reference][place])
    ends = min(numbers.values()), max(numbers.values())
    return OrderedFactor.of(factors, conditions, name, numbers, own if own in ends else None)


def levels_record(factors: Iterable[OrderedFactor]) -> dict[str, Any]:
    """Give the numbers by factor and level, ready for JSON; nothing without any."""
    found = {factor.name: dict(factor.numbers) for factor in factors}
    return {"levels": found} if found else {}
