"""Strategies that do the same with images and differ in their harmonizer alone: images are processed once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from experiments.folder.failures import Failure
from experiments.study.strategy import Strategy


def image_strategies(strategies: Sequence[Strategy]) -> tuple[Strategy, ...]:
    """Give each combination of steps and extraction once, without a harmonizer: what has to be done with images.

    Each keeps the name of the first strategy that has it.
    """
    found: dict[str, Strategy] = {}
    for strategy in strategies:
        plain = replace(strategy, harmonizer=None)
        found.setdefault(plain.digest(), plain)
    return tuple(found.values())


def names_of_images(strategies: Sequence[Strategy]) -> dict[str, tuple[str, ...]]:
    """Give for each of `image_strategies` the names of all strategies that need it.

    Examples
    --------
    >>> from evaluation.extraction import ExtractionSettings
    >>> from experiments.study.harmonizer import Harmonizer
    >>> combat = Harmonizer.parse("combat", "")
    >>> plain = Strategy("raw", (), ExtractionSettings())
    >>> names_of_images([plain, replace(plain, name="raw_combat", harmonizer=combat)])
    {'raw': ('raw', 'raw_combat')}
    """
    by_digest: dict[str, list[str]] = {}
    for strategy in strategies:
        by_digest.setdefault(replace(strategy, harmonizer=None).digest(), []).append(strategy.name)
    return {names[0]: tuple(names) for names in by_digest.values()}


def spread_failures(failures: Iterable[Failure], names: dict[str, tuple[str, ...]]) -> list[Failure]:
    """Count what failed for all strategies that needed it."""
    return [
        replace(failure, strategy=name)
        for failure in failures
        for name in names.get(failure.strategy, (failure.strategy,))
    ]
