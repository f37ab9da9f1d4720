"""The rule of a study in words, for people who have not read its study file."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from evaluation.reliability import usual
from evaluation.reliability.statistics import about
from experiments.page import wording
from selection.thresholds import Thresholds

POOLS = {"sequence": "ROIs of a sequence", "roi": "sequences of an ROI", "overall": "combinations of sequence and ROI"}
SIDES = {"lower": "lower confidence limit of ", "upper": "upper confidence limit of ", "estimate": ""}


@dataclass(frozen=True)
class RuleInWords:
    """What a robust feature meets.

    Attributes
    ----------
    what : str
        The thresholds.
    where : str
        In which conditions and places.
    note : str
        What figures of single conditions leave out; empty for a rule of thresholds alone.
    rest : str
        What judges that has no design of facets; empty for a rule without them.
    """

    what: str
    where: str
    note: str
    rest: str = ""


def read_rule(mapping: Mapping[str, Any], where: str) -> Thresholds:
    """Read the rule of run.json.

    Raises
    ------
    ConfigurationError
        For a rule that cannot be read.
    """
    known = tuple(name for name in mapping if name not in {option.name for option in fields(Thresholds)})
    return Thresholds.from_mapping(dict(mapping), where, statistics=tuple(dict.fromkeys((*usual(), *known))))


def rule_in_words(rule: Thresholds, reference: str) -> RuleInWords:
    """Say a rule in words.

    Examples
    --------
    >>> plain = rule_in_words(Thresholds(), "REF+STD")
    >>> plain.what, plain.where, plain.note
    ('ICC > 0.90 and CCC > 0.90', 'in every condition compared with REF+STD', '')
    >>> rich = rule_in_words(Thresholds({"icc": 0.75}, compared="limit", at_least=4, top=10), "REF")
    >>> rich.what
    'lower confidence limit of ICC > 0.75'
    >>> print(rich.where)
    in every condition compared with REF, in at least 4 combinations of sequence and ROI; of these the 10 with the \
highest lower confidence limit of ICC
    """
    words = _limits(rule)
    if all(about(name).of == "all" for name in rule.statistics):
        places = ["over all conditions"]
    elif rule.scope == "contrast":
        places = [f"in the condition itself, compared with {reference} (in the whitelist: in every condition)"]
    elif rule.conditions:
        places = [f"in {' and '.join(rule.conditions)} compared with {reference}"]
    else:
        places = [f"in every condition compared with {reference}"]
    if rule.scope in POOLS:
        places.append(f"in {'all' if rule.at_least is None else f'at least {rule.at_least}'} {POOLS[str(rule.scope)]}")
    where = ", ".join(places)
    if rule.top is not None:
        statistic = rule.by or next(iter(rule.limits))
        best = f"the {rule.top} with the {'lowest' if rule.below(statistic) else 'highest'} {_named(rule, statistic)}"
        where = f"{where}; of these {best}" if words else where
        words = words or best
    plain = rule.without_facets
    return RuleInWords(words, where, _note(rule), "" if plain == rule else rule_in_words(plain, reference).what)


def _limits(rule: Thresholds) -> str:
    return (" and " if rule.combine == "all" else " or ").join(
        f"{_named(rule, name)} {wording.threshold(name, '<' if rule.below(name) else '>', value)}"
        for name, value in rule.limits.items()
    )


def _named(rule: Thresholds, statistic: str) -> str:
    return SIDES[rule.column(statistic)] + wording.label(statistic)


def _note(rule: Thresholds) -> str:
    more = []
    if rule.conditions:
        more.append(f"the whitelist asks for {', '.join(rule.conditions)} alone")
    if rule.scope in POOLS:
        more.append("the whitelist judges several sequences or ROIs together")
    if rule.top is not None:
        more.append(f"the whitelist keeps the best {rule.top} of those that pass")
    if not more:
        return ""
    return (
        f"Fields of single conditions count the thresholds by themselves; {' and '.join(more)}, which is what "
        "the columns “every” show."
    )
