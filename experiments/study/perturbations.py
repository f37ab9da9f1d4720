"""The perturbations of a study: where each stands among the steps of a strategy, and with what random numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluation.extraction import ExtractionSettings
from evaluation.extraction.parameters import INFERRED
from evaluation.tables import PERTURBATION, UNPERTURBED
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.inputs.levels import find_level
from harmonize.perturbations import Perturbation
from harmonize.perturbations.drawn import Perturbed
from harmonize.steps import AnyStep, ProcessedElsewhere
from harmonize.steps.chain import parameters_of

NEAR = 0.0
"""Margin in mm around ROIs within which a scan is perturbed that is measured next."""
TOLD = " / "
"""Between the names of a strategy and of a perturbation; neither holds a `/`."""


@dataclass(frozen=True)
class Draw:
    """One way in which scans are perturbed, whose features are a condition.

    Parameters
    ----------
    chain : str
        What the study calls the chain.
    number : int
        Of the draw within it, from 1.
    steps : tuple of Perturbation
        In order.
    before, after : str
        The step of a strategy before or after which it stands; empty for the place that its effect asks for.
    conditions : tuple of str
        Whose scans are perturbed.
    seed : int
        Of the chain.
    """

    chain: str
    number: int
    steps: tuple[Perturbation, ...]
    before: str = ""
    after: str = ""
    conditions: tuple[str, ...] = ()
    seed: int = 0

    @property
    def name(self) -> str:
        """The name of the condition.

        Examples
        --------
        >>> Draw("RVC", 2, ()).name
        'RVC-2'
        """
        return f"{self.chain}-{self.number}"

    def of(self, scan: Scan) -> Perturbed:
        """Bind it to the random numbers of a scan, which rest on who was scanned how and on nothing else."""
        if not any(step.effect.random for step in self.steps):
            return Perturbed(self.steps, 0)
        levels = {factor: level for factor, level in scan.levels.items() if factor != PERTURBATION}
        identity = digest_of([self.seed, self.chain, self.number, scan.subject, scan.sequence, levels])
        return Perturbed(self.steps, int(identity[:13], 16))

    def place(self, steps: Sequence[AnyStep]) -> int:
        """Give before which of the steps of a strategy it stands."""
        names = [step.name for step in steps]
        if self.before in names:
            return names.index(self.before)
        if self.after in names:
            return len(names) - names[::-1].index(self.after)
        first = int(names[:1] == [ProcessedElsewhere.name])  # which is in the place of the scan
        return first if any(step.effect.image for step in self.steps) else len(names)

    def within(self, strategy: Strategy, scan: Scan) -> Strategy:
        """Give a strategy with the perturbation of a scan in its place among the steps."""
        at = self.place(strategy.steps)
        step = self.of(scan)
        moved = any(one.effect.grid for one in self.steps)
        if moved and at == len(strategy.steps) and looks_within(strategy.extraction):
            step = replace(step, margin=NEAR)
        steps = (*strategy.steps[:at], step, *strategy.steps[at:])
        return replace(strategy, name=f"{strategy.name}{TOLD}{self.name}", steps=steps)


def looks_within(extraction: ExtractionSettings) -> bool:
    """Tell whether features are those of the voxels of an ROI, whatever lies around it, and how large the image is."""
    known = ("resampledPixelSpacing", "normalize", "force2Ddimension")
    resampled, normalized, axis = (extraction.for_image("")[name] for name in known)
    return extraction.imageType.keys() == {"Original"} and not resampled and not normalized and axis != INFERRED


def told_apart(name: str) -> tuple[str, str]:
    """Give the names of a strategy and of the perturbation within it.

    Examples
    --------
    >>> told_apart("zscore / RVC-2"), told_apart("zscore")
    (('zscore', 'RVC-2'), ('zscore', ''))
    """
    strategy, _, perturbation = name.partition(TOLD)
    return strategy, perturbation


def unperturbed(strategies: Iterable[Strategy]) -> list[Strategy]:
    """Give those of strategies that leave scans unperturbed."""
    return [strategy for strategy in strategies if not told_apart(strategy.name)[1]]


def with_perturbed(
    draws: Iterable[Draw], scans: tuple[Scan, ...], factors: tuple[str, ...], reference: str, where: str
) -> tuple[tuple[Draw, ...], tuple[Scan, ...], tuple[str, ...], str]:
    """Give draws, scans, factors and reference of a study: of a single condition, perturbed scans are the others.

    Raises
    ------
    ConfigurationError
        For a condition that there is not.
    """
    met = dict.fromkeys(scan.condition for scan in scans)
    found = []
    for draw in draws:
        text = f"{where}: {draw.chain}: conditions: no scan has the condition"
        known = dict.fromkeys(find_level(one, met, text) for one in draw.conditions)
        found.append(replace(draw, conditions=tuple(known) or (reference,)))
    if not found or len(met) > 1:
        return tuple(found), scans, factors, reference
    own = {PERTURBATION: UNPERTURBED}
    scans = tuple(replace(scan, condition=UNPERTURBED, levels={**scan.levels, **own}) for scan in scans)
    return tuple(replace(one, conditions=(UNPERTURBED,)) for one in found), scans, (PERTURBATION,), UNPERTURBED


def refuse_nowhere(draws: Iterable[Draw], strategies: Sequence[Strategy], where: str) -> None:
    """Raise a `ConfigurationError` for a place among the steps that strategies do not have."""
    names = {strategy.name: [one.name for one in strategy.steps] for strategy in strategies}
    known = {name for steps in names.values() for name in steps}
    for draw in draws:
        step, key = draw.before or draw.after, "before" if draw.before else "after"
        place = f"{where}: {draw.chain}: {key}"
        if draw.before == ProcessedElsewhere.name:
            raise ConfigurationError(
                f"{place}: '{step}' takes the place of the scan, perturbed or not; expected `after: {step}`"
            )
        if step and step not in known:
            raise ConfigurationError(f"{place}: no strategy has the step '{step}'; {suggest(step, known)}")
        without = [name for name, steps in names.items() if step and steps and step not in steps]
        if without:
            raise ConfigurationError(
                f"{place}: the strategy '{without[0]}' has no step '{step}'; name one that every strategy with steps "
                f"has, or leave '{key}' out"
            )


def perturbations_record(draws: Iterable[Draw]) -> dict[str, Any]:
    """Give the draws by chain, ready for JSON; nothing without any."""
    found: dict[str, dict[str, Any]] = {}
    for draw in draws:
        about: dict[str, Any] = {"seed": draw.seed, "before": draw.before, "after": draw.after}
        about |= {"conditions": list(draw.conditions), "draws": {}}
        chain = found.setdefault(draw.chain, about)
        chain["draws"][draw.name] = [{step.name: parameters_of(step)} for step in draw.steps]
    return {"perturbations": found} if found else {}


def perturbed(strategies: Iterable[Strategy], scan: Scan, draws: Iterable[Draw]) -> list[Strategy]:
    """Give strategies, and each with every perturbation of a scan."""
    strategies = list(strategies)
    own = [draw for draw in draws if scan.condition in draw.conditions]
    return [*strategies, *(draw.within(strategy, scan) for strategy in strategies for draw in own)]
