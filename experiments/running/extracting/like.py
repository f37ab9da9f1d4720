"""The run or whitelist that others are measured like: strategies, what they have learned, and what its scans were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from evaluation.extraction import ExtractionSettings
from evaluation.tables import UNPERTURBED
from experiments.analyses.shared.readers import FrozenMapping
from experiments.folder.belonging import check_belonging
from experiments.folder.run_folder import RunFolder
from experiments.running.extracting.consistent import refuse_other_features, refuse_other_fits, refuse_range
from experiments.study.harmonizer import Harmonizer
from experiments.study.strategy import Strategy
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build, refuse_unknown
from harmonize.inputs.paths import as_path
from harmonize.steps import STEPS, AnyStep, Fits, fitted_class, parse_steps
from harmonize.words import listed
from selection.whitelist import PERTURBATIONS, Whitelist

if TYPE_CHECKING:
    from harmonize.combat import GroupedHarmonizer

T = TypeVar("T")
Range = tuple[float, float]


@dataclass(frozen=True)
class Geometry:
    """The range of voxel edges in mm (x, y, z), and the planes of slices, of the scans of one sequence."""

    spacing: tuple[Range, Range, Range]
    planes: tuple[str, ...]

    def __post_init__(self) -> None:
        for axis, limits in zip("xyz", self.spacing, strict=True):
            refuse_range(limits, f"spacing: {axis}")
            if limits[0] <= 0.0:
                raise ValueError(f"spacing: {axis}: found {limits[0]:g} mm, expected more than 0")


@dataclass(frozen=True)
class SeenStudy:
    """What the scans and features of a study were like.

    Parameters
    ----------
    factors : tuple of str
        The columns that make a condition.
    geometry : mapping of str to Geometry
        By sequence.
    protocol : mapping
        By sequence and parameter: two numbers, the least and the largest, or texts.
    features : mapping
        By sequence, ROI and feature the least and the largest value; of voxels and bins, too.
    people : mapping
        By sequence and ROI of how many people these are.

    Under a name of a sequence that the study does not have, scans are compared with all of its sequences.
    """

    factors: tuple[str, ...] = ()
    geometry: Mapping[str, Geometry] = field(default_factory=dict)
    protocol: Mapping[str, Mapping[str, tuple[float | str, ...]]] = field(default_factory=dict)
    features: Mapping[str, Mapping[str, Mapping[str, Range]]] = field(default_factory=dict)
    people: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for sequence, counts in self.people.items():
            for roi, count in counts.items():
                if count < 1:
                    raise ValueError(f"people: {sequence} / {roi}: found {count}, expected at least 1")
        for sequence, rois in self.features.items():
            for roi, ranges in rois.items():
                for name, limits in ranges.items():
                    refuse_range(limits, f"features: {sequence} / {roi}: {name}")
        for sequence, parameters in self.protocol.items():
            for name, values in parameters.items():
                if len(values) == 2 and not any(isinstance(value, str) for value in values):
                    refuse_range((float(values[0]), float(values[1])), f"protocol: {sequence}: {name}")

    def geometry_of(self, sequence: str) -> Geometry | None:
        """Give the geometry that scans of a sequence are compared with; None if the study tells of none."""
        known = _own_or_all(self.geometry, sequence)
        if not known:
            return None
        x, y, z = (_hull([one.spacing[axis] for one in known]) for axis in range(3))
        return Geometry((x, y, z), tuple(dict.fromkeys(plane for one in known for plane in one.planes)))

    def protocol_of(self, sequence: str) -> dict[str, tuple[float | str, ...]]:
        """Give by parameter the values that scans of a sequence are compared with."""
        found: dict[str, tuple[float | str, ...]] = {}
        for values in _own_or_all(self.protocol, sequence):
            for name, seen in values.items():
                found[name] = tuple(dict.fromkeys((*found.get(name, ()), *seen)))
        return found

    def features_of(self, sequence: str, roi: str) -> dict[str, Range]:
        """Give by feature the range that an ROI in scans of a sequence is compared with."""
        rois = [rois[roi] for rois in _own_or_all(self.features, sequence) if roi in rois]
        names = dict.fromkeys(name for ranges in rois for name in ranges)
        return {name: _hull([ranges[name] for ranges in rois if name in ranges]) for name in names}


def _own_or_all(by_sequence: Mapping[str, T], sequence: str) -> list[T]:
    return [by_sequence[sequence]] if sequence in by_sequence else list(by_sequence.values())


def _hull(ranges: Sequence[Range]) -> Range:
    return min(least for least, _ in ranges), max(most for _, most in ranges)


@dataclass(frozen=True)
class HandedOn:
    """What stands in a whitelist for scans of others, taken apart; `Whitelist.learned` as it is written."""

    steps: Mapping[str, Any] = field(default_factory=dict)
    harmonizer: Mapping[str, Any] | None = None
    seen: SeenStudy = field(default_factory=SeenStudy)


@dataclass(frozen=True, kw_only=True)
class MeasuredLike:
    """By which settings scans are measured.

    Parameters
    ----------
    like : RunFolder, Whitelist, str or Path, optional
        The run, or the whitelist, whose settings are taken: with what steps that learn from a cohort and the harmonizer
        have learned there. By default the settings of the study itself, and steps learn from its own scans.
    rois : mapping of str to str
        By the name of an ROI in the study the name that it has in `like` and in the results.
    data : str or Path, optional
        The folder that names of files start from; by default that of the table.
    """

    like: RunFolder | Whitelist | str | Path | None = None
    rois: Mapping[str, str] = FrozenMapping({})
    data: str | Path | None = None


@dataclass(frozen=True)
class Like:
    """What others are measured like.

    Parameters
    ----------
    source : str
        The run or whitelist, for messages.
    whitelists : mapping of str to Whitelist
        By strategy, those that are wanted.
    names : tuple of str
        All strategies that it has.
    strategies : tuple of Strategy
        Their settings, with what steps have learned in place of these.
    seen : mapping of str to SeenStudy
        By strategy what the scans and features were like.
    harmonizers : mapping of str to GroupedHarmonizer
        By strategy, where it has one.
    """

    source: str
    whitelists: Mapping[str, Whitelist]
    names: tuple[str, ...]
    strategies: tuple[Strategy, ...]
    seen: Mapping[str, SeenStudy]
    harmonizers: Mapping[str, "GroupedHarmonizer"]

    @classmethod
    def read(cls, like: "RunFolder | Whitelist | str | Path", names: Sequence[str] = ()) -> "Like":
        """Read the folder of a run, or a whitelist.

        Parameters
        ----------
        like : RunFolder, Whitelist, str or Path
            What is given.
        names : sequence of str
            The strategies that are wanted; by default all that have a whitelist.

        Raises
        ------
        ConfigurationError
            For what is neither, was changed, has no such strategy, or does not hold what is needed.
        """
        source, found = _whitelists(like)
        refuse_unknown(names, found, source, "there is no whitelist of the strategy")
        wanted = {name: found[name] for name in names or found}
        if not wanted:
            raise ConfigurationError(f"{source}: holds no whitelist of any strategy, so nothing says what to be like")
        strategies, seen, harmonizers = [], {}, {}
        for name, whitelist in wanted.items():
            where = f"{source}: {name}" if len(found) > 1 else source
            learned = build(HandedOn, dict(whitelist.learned), f"{where}: learned")
            strategies.append(_strategy(name, whitelist, learned, where))
            refuse_other_features(whitelist, learned.seen.features, strategies[-1].extraction, where)
            seen[name] = learned.seen
            if strategies[-1].harmonizer is not None:
                harmonizers[name] = _harmonizer(learned, strategies[-1].harmonizer, where)
        return cls(source, wanted, tuple(found), tuple(strategies), seen, harmonizers)

    @property
    def gaps(self) -> tuple[str, ...]:
        """What cannot be compared, as a whitelist does not say what the study was like."""
        found = []
        for name, seen in self.seen.items():
            parts = {"the ranges of its features": seen.features, "its voxels and planes": seen.geometry}
            absent = [part for part, known in parts.items() if not known]
            if absent:
                found.append(
                    f"{self.source}: {name}: does not say {listed(absent)}, so that nothing tells whether scans "
                    "resemble those of the study; choose again with `radharmony select` from the folder of a run"
                )
        return tuple(found)

    @property
    def digest(self) -> str:
        """The SHA-256 of all whitelists."""
        return digest_of({name: whitelist.digest for name, whitelist in self.whitelists.items()})

    @property
    def factors(self) -> tuple[str, ...]:
        """The columns that made the conditions."""
        return next(iter(self.seen.values())).factors

    @property
    def rois(self) -> tuple[str, ...]:
        """The ROIs that were measured."""
        return tuple(dict.fromkeys(roi for one in self.whitelists.values() for _, roi in one.places))

    @property
    def sequences(self) -> tuple[str, ...]:
        """The sequences that were measured."""
        return tuple(dict.fromkeys(sequence for one in self.whitelists.values() for sequence, _ in one.places))

    @property
    def perturbed(self) -> bool:
        """Whether its conditions are perturbations of the one that it had, which it does not name."""
        return UNPERTURBED in self.conditions

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that were compared, the reference first."""
        return tuple(
            dict.fromkeys(name for one in self.whitelists.values() for name in (one.reference, *one.conditions) if name)
        )


def _whitelists(like: object) -> tuple[str, Mapping[str, Whitelist]]:
    if isinstance(like, Whitelist):
        return "the whitelist", {like.strategy: like}
    if isinstance(like, RunFolder):
        return str(like.folder), like.whitelists
    path = as_path(like, "`like` (a run folder or a whitelist)")
    if path.is_dir():
        return str(path), RunFolder.open(path).whitelists
    check_belonging(path)
    whitelist = Whitelist.read(path)
    return str(path), {whitelist.strategy: whitelist}


def _strategy(name: str, whitelist: Whitelist, learned: HandedOn, where: str) -> Strategy:
    """Make the strategy that a whitelist was made with, with what steps have learned in their place."""
    settings = whitelist.settings
    if not {"steps", "extraction"} <= set(settings):
        raise ConfigurationError(
            f"{where}: does not say {'what came before' if 'extraction' in settings else 'how'} features were "
            "extracted; choose again with `radharmony select` from the folder of a run"
        )
    steps: list[AnyStep] = []
    counts: dict[str, int] = {}
    for number, entry in enumerate(settings["steps"] or (), start=1):
        step = next(iter(entry)) if isinstance(entry, Mapping) and len(entry) == 1 else str(entry)
        if not hasattr(STEPS.get(step), "fitted"):
            steps += parse_steps([entry], f"{where}: step {number}")
            continue
        counts[step] = counts.get(step, 0) + 1
        own = step if counts[step] == 1 else f"{step}_{counts[step]}"
        fits = _fits(step, own, learned, where)
        steps.append(fits)
        asked = entry[step] if isinstance(entry, Mapping) else None
        sequences = tuple(dict.fromkeys(sequence for sequence, _ in whitelist.places))
        refuse_other_fits(fits, asked or {}, sequences, f"{where}: learned: {own}")
    plain = {key: value for key, value in settings.items() if key not in ("steps", PERTURBATIONS)}
    parsed = Strategy.parse(name, plain, ExtractionSettings(), f"{where}: settings", Path())
    made = Strategy(name, tuple(steps), parsed.extraction, harmonizer=parsed.harmonizer)
    for key in ("extraction", "harmonizer"):
        if made.to_mapping().get(key) != settings.get(key):
            raise ConfigurationError(
                f"{where}: {key}: the settings are not those of this version of radharmony; run the study again with it"
            )
    return made


def _fits(step: str, name: str, learned: HandedOn, where: str) -> Fits:
    if name not in learned.steps:
        raise ConfigurationError(
            f"{where}: does not hold what {name} has learned, as whitelists of earlier versions do not; run the study "
            "again (finished work is kept), or choose again with `radharmony select` from the folder of the run"
        )
    return Fits.from_document(learned.steps[name], step, fitted_class(step), f"{where}: learned: {name}")


def _harmonizer(learned: HandedOn, asked: Harmonizer, where: str) -> "GroupedHarmonizer":
    from harmonize.combat import GroupedHarmonizer  # only here: loads scikit-learn

    if learned.harmonizer is None:
        raise ConfigurationError(
            f"{where}: does not hold its fitted harmonizer ({asked.method}); name another strategy, or a run whose "
            "harmonizer can be saved"
        )
    return GroupedHarmonizer.from_document(dict(learned.harmonizer), f"{where}: learned: harmonizer")
