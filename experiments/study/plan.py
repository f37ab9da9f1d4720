"""All strategies as one tree of prefixes, so that steps which strategies share are done once per scan.

A place in the tree is named by the steps on the way to it. Whoever wants to see a scan at some places (features, gray
levels, noise, slices for pictures, files after every step) is a listener of the one walk.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from experiments.executors.now import now
from harmonize.digest import digest_of
from harmonize.image.believed import believed
from harmonize.image.volume import Volume
from harmonize.steps import STEPS, AnyStep, describe
from harmonize.steps.chain import Step

Steps = tuple[AnyStep, ...]
"""The steps on the way to a place: its key."""

Seconds = tuple[float, ...]
"""What each step on the way took, as far as it came."""


@dataclass(frozen=True)
class StepFailure:
    """A step that could not be done, in place of the volume it would have given."""

    step: str
    error: Exception


@dataclass(frozen=True)
class Stage:
    """What a scan is at one place of the tree.

    Parameters
    ----------
    steps : tuple of Step
        The place.
    volume : Volume or StepFailure
        What they make of the scan.
    spent : tuple of float
        Seconds of each step, as far as it came.
    """

    steps: Steps
    volume: Volume | StepFailure
    spent: Seconds = ()


class Listener(Protocol):
    """Sees a scan at some places of the tree."""

    @property
    def places(self) -> Collection[Steps]:
        """Where."""
        ...

    def see(self, stage: Stage) -> None:
        """Be shown what the scan is there."""
        ...


def step_digest(step: AnyStep) -> str:
    """Give the SHA-256 of a step with its parameters."""
    return digest_of(describe(step))


def tree_of(places: Iterable[Steps]) -> dict[Steps, list[Steps]]:
    """Give every place on the way to some, each with the places one step further; equal steps are one.

    Examples
    --------
    >>> from harmonize.steps import parse_steps
    >>> tree = tree_of([parse_steps(["n4"], ""), parse_steps(["n4", "zscore"], "")])
    >>> [(len(place), len(children)) for place, children in tree.items()]
    [(0, 1), (1, 1), (2, 0)]
    """
    tree: dict[Steps, list[Steps]] = {(): []}
    for place in places:
        for end in range(1, len(place) + 1):
            if place[:end] not in tree:
                tree[place[:end]] = []
                tree[place[: end - 1]].append(place[:end])
    return tree


def walk(places: Iterable[Steps], volume: Volume, begun: Steps = (), spent: Seconds = ()) -> Iterator[Stage]:
    """Take a scan to every one of some places.

    Depth first, so that no more volumes are alive than the longest way has steps. A step that fails takes with it the
    places behind it, and no others: whatever it raises concerns this scan.

    Parameters
    ----------
    places : iterable of tuple of Step
        Where it is wanted; all begin with `begun`.
    volume : Volume
        The scan after the steps of `begun`.
    begun : tuple of Step
        What it has passed.
    spent : tuple of float
        The seconds that took.

    Raises
    ------
    TypeError
        For a step that is yet to learn from a cohort: fits must have been put in its place, and bound to a sequence.
    """
    wanted = dict.fromkeys(places)
    tree = tree_of(wanted)

    def visit(place: Steps, volume: Volume, spent: Seconds) -> Iterator[Stage]:
        if place in wanted:
            yield Stage(place, volume, spent)
        for further in tree[place]:
            step = further[-1]
            if not isinstance(step, Step):
                raise TypeError(f"step '{step.name}' is not fitted to a sequence yet")
            start = time.perf_counter()
            now(step.name)
            try:
                with STEPS.answered_for(step.name):
                    stepped = believed(step(volume), volume, step.name)
            except Exception as error:
                failure = StepFailure(step.name, error)
                yield from (Stage(one, failure, spent) for one in wanted if one[: len(further)] == further)
            else:
                yield from visit(further, stepped, (*spent, time.perf_counter() - start))

    yield from visit(begun, volume, spent)


def show(listeners: Sequence[Listener], stages: Iterable[Stage]) -> None:
    """Show what a walk gives to those who want to see it there."""
    for stage in stages:
        for listener in listeners:
            if stage.steps in listener.places:
                listener.see(stage)


def places_of(listeners: Iterable[Listener]) -> dict[Steps, None]:
    """Give the places that listeners want to see, each once."""
    return dict.fromkeys(place for listener in listeners for place in listener.places)
