"""All strategies as one prefix tree, so that steps which strategies share are done once per scan."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from experiments.executors.now import now
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.image.volume import Volume
from harmonize.steps import AnyStep, describe
from harmonize.steps.chain import Step


@dataclass(frozen=True)
class Node:
    """A place in the tree: the volume that results from the steps on the way here.

    Parameters
    ----------
    strategies : tuple of Strategy
        Those whose steps end here.
    children : tuple of (AnyStep, Node)
        Where the next step leads.
    """

    strategies: tuple[Strategy, ...]
    children: tuple[tuple[AnyStep, "Node"], ...]

    def below(self) -> Iterator[Strategy]:
        """Give all strategies that pass through here."""
        yield from self.strategies
        for _, child in self.children:
            yield from child.below()

    def steps(self) -> int:
        """Count the distinct steps below."""
        return sum(1 + child.steps() for _, child in self.children)


@dataclass(frozen=True)
class StepFailure:
    """A step that could not be done, in place of the volume it would have given."""

    step: str
    error: Exception


def step_digest(step: AnyStep) -> str:
    """Give the SHA-256 of a step with its parameters."""
    return digest_of(describe(step))


def build_tree(strategies: Sequence[Strategy], depth: int = 0) -> Node:
    """Join strategies where their first steps are equal, parameters included.

    Examples
    --------
    >>> from evaluation.extraction import ExtractionSettings
    >>> from harmonize.steps import parse_steps
    >>> settings = ExtractionSettings()
    >>> plan = build_tree([Strategy("a", parse_steps(["n4"], ""), settings),
    ...                    Strategy("b", parse_steps(["n4", "zscore"], ""), settings)])
    >>> plan.steps()
    2
    """
    groups: dict[AnyStep, list[Strategy]] = {}
    for strategy in strategies:
        if len(strategy.steps) > depth:
            groups.setdefault(strategy.steps[depth], []).append(strategy)
    return Node(
        strategies=tuple(strategy for strategy in strategies if len(strategy.steps) == depth),
        children=tuple((step, build_tree(group, depth + 1)) for step, group in groups.items()),
    )


Seconds = tuple[float, ...]
"""What each step of a strategy took, as far as it came."""


def walk(node: Node, volume: Volume) -> Iterator[tuple[Strategy, Volume | StepFailure]]:
    """Give every strategy of a tree with the volume it makes of a scan.

    Depth first, so that no more volumes are alive than the longest strategy has steps. A step that fails takes
    with it the strategies that need it, and no others: whatever it raises concerns this scan.

    Raises
    ------
    TypeError
        For a step that is yet to learn from a cohort: fits must have been put in its place, and bound to a sequence.
    """
    for strategy, stepped, _ in timed_walk(node, volume):
        yield strategy, stepped


def timed_walk(
    node: Node, volume: Volume, spent: Seconds = ()
) -> Iterator[tuple[Strategy, Volume | StepFailure, Seconds]]:
    """Do the same, and give the seconds that each step took, as far as it came."""
    for strategy in node.strategies:
        yield strategy, volume, spent
    for step, child in node.children:
        if not isinstance(step, Step):
            raise TypeError(f"step '{step.name}' is not fitted to a sequence yet")
        start = time.perf_counter()
        now(step.name)
        try:
            stepped = step(volume)
        except Exception as error:
            for strategy in child.below():
                yield strategy, StepFailure(step.name, error), spent
        else:
            yield from timed_walk(child, stepped, (*spent, time.perf_counter() - start))
