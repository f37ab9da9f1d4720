"""A rule as people write it, `icc[reader] > 0.75 and icc[acquisition] > 0.9`, as the mapping that a study file has."""

import re
from collections.abc import Iterable
from typing import Any

from evaluation.reliability.statistics import about
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

FORM = "[lower limit of] STATISTIC > NUMBER, joined by 'and', such as icc[reader] > 0.75 and icc[acquisition] > 0.9"
_JOINED = re.compile(r"\s+(and|or)\s+(?![^\[]*\])", re.IGNORECASE)
_TERM = re.compile(
    r"((?P<end>lower|upper)\s+limit\s+of\s+)?(?P<name>[^\W\d]\w*(\[[^\[\]]+\])?)\s*(?P<sign>[<>]=?)\s*"
    r"(?P<number>[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)",
    re.IGNORECASE,
)


def parse_rule(text: str, where: str, statistics: Iterable[str] | None = None) -> dict[str, Any]:
    """Read a rule from text; `Thresholds.from_mapping` takes what it gives.

    Parameters
    ----------
    text : str
        Comparisons of statistics with numbers, joined by ``and``, or all by ``or``. A ``lower limit of`` (or
        ``upper limit of``, where less is better) compares the confidence limit. It is what `Thresholds.describe` gives
        of thresholds.
    where : str
        The place, as the error message shall name it.
    statistics : iterable of str, optional
        Those that there are; any if None.

    Raises
    ------
    ConfigurationError
        For a text that is no such rule, joins by both words, or asks for a statistic that is not there, twice, or on
        its wrong side.

    Examples
    --------
    >>> parse_rule("icc[reader] > .75 and lower limit of icc[acquisition] > 0.9", "rule")
    {'icc[reader]': 0.75, 'icc[acquisition]': 0.9, 'compared': {'icc[acquisition]': 'limit'}}
    """
    parts = _JOINED.split(text.strip())
    joined = {word.lower() for word in parts[1::2]}
    if len(joined) > 1:
        raise ConfigurationError(f"{where}: '{text}': joins by 'and' and 'or'; use one of both")
    limits: dict[str, float] = {}
    compared, direction = {}, {}
    for part in parts[::2]:
        term = _TERM.fullmatch(part.strip())
        if term is None:
            raise ConfigurationError(f"{where}: '{part.strip()}': expected {FORM}")
        name, sign = term["name"], term["sign"]
        if "=" in sign:
            raise ConfigurationError(f"{where}: '{part.strip()}': equality does not pass; write {sign[0]}")
        if name in limits:
            raise ConfigurationError(f"{where}: {name} stands twice; give it one threshold")
        limits[name] = float(term["number"])
        side = "below" if sign == "<" else "above"
        if about(name).direction is None:
            direction[name] = side
        elif about(name).direction != side:
            right = part.strip().replace(sign, ">" if sign == "<" else "<")
            better = "less" if side == "above" else "more"
            raise ConfigurationError(f"{where}: '{part.strip()}': {better} of {name} is better; write {right}")
        if term["end"]:
            unfavourable = "upper" if side == "below" else "lower"
            if term["end"].lower() != unfavourable:
                raise ConfigurationError(
                    f"{where}: '{part.strip()}': the {unfavourable} limit is the unfavourable one; name that"
                )
            compared[name] = "limit"
    if statistics is not None:
        refuse_unknown(limits, statistics, where, "there is no statistic")
    options = {
        "compared": "limit" if len(compared) == len(limits) else compared,
        "combine": "any" if "or" in joined else "",
        "direction": direction,
    }
    return {**limits, **{option: value for option, value in options.items() if value}}
