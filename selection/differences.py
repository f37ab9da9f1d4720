"""In what the settings of a cohort differ from those of a whitelist."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from evaluation.extraction import ExtractionSettings
from evaluation.extraction.parameters import INFERRED
from harmonize.steps import STEPS
from selection.cohort import Cohort
from selection.whitelist import PERTURBATIONS, Whitelist

Kind = Literal["steps", "extraction", "harmonizer", "versions", "unknown", "missing", "place"]

EXTRACTORS = ("pyradiomics-bhklab", "pyradiomics")
"""The software whose release decides what a feature is; other versions only get a warning."""

OF_PARAMETER_FILES = "pyradiomics"
"""The engine of settings that name none: those of PyRadiomics' own files and tables."""

_WITHOUT_EFFECT = {
    "normalizeScale": lambda setting: not setting["normalize"],
    "removeOutliers": lambda setting: not setting["normalize"],
    "interpolator": lambda setting: setting["resampledPixelSpacing"] is None,
    "padDistance": lambda setting: setting["resampledPixelSpacing"] is None and not setting["preCrop"],
    "resegmentMode": lambda setting: setting["resegmentRange"] is None,
    "resegmentShape": lambda setting: setting["resegmentRange"] is None and setting["resegmentSigma"] is None,
    "force2Ddimension": lambda setting: not setting["force2D"],
    "binWidth": lambda setting: setting["binCount"] is not None,
}
"""Settings that change no value, and when."""

_OF_ONE_IMAGE = {
    "wavelet": "Wavelet",
    "level": "Wavelet",
    "start_level": "Wavelet",
    "gradientUseSpacing": "Gradient",
    "sigma": "",  # stands in the names of the features
}
"""Settings that matter to one image type only."""


@dataclass(frozen=True)
class Difference:
    """One thing in which a cohort differs.

    Parameters
    ----------
    kind : str
        What must be allowed for the whitelist to be applied all the same; for a warning what it is about.
    text : str
        What the whitelist has and what the cohort has.
    serious : bool
        Whether it stands in the way of applying the whitelist; a warning otherwise.
    """

    kind: Kind
    text: str
    serious: bool = True


def compare_settings(whitelist: Whitelist, cohort: Cohort | None) -> list[Difference]:
    """Compare what changes a feature value: steps, extraction, harmonizer, versions.

    Settings that have no effect beside the others are not compared, nor those of image types without a whitelisted
    feature; nor what perturbed the scans that features were chosen by. `bin_limits` and the list of computed features
    change no value. Engines give the same values; that they differ is a warning. Settings that name none are of
    PyRadiomics.

    Parameters
    ----------
    whitelist : Whitelist
    cohort : Cohort or None
        None if nothing is known of it.

    Returns
    -------
    list of Difference
    """
    if cohort is None:
        return [Difference("unknown", "nothing says how the features of this cohort were made; name its settings")]
    if not whitelist.settings:
        return [Difference("unknown", "the whitelist does not say how its features were made")]
    found = [*_steps(whitelist, cohort), *_learned(whitelist, cohort), *_extraction(whitelist, cohort)]
    others = (set(whitelist.settings) | set(cohort.settings)) - {"steps", "extraction", PERTURBATIONS}
    for key in sorted(others):
        ours, theirs = whitelist.settings.get(key), cohort.settings.get(key)
        if ours != theirs:
            found.append(Difference("harmonizer", f"{key}: {_of_both(ours, theirs)}"))
    return [*found, *_versions(whitelist.versions, cohort.versions)]


def _steps(whitelist: Whitelist, cohort: Cohort) -> Iterator[Difference]:
    ours = _named(whitelist.settings.get("steps") or [])
    names = [name for name, _ in ours]
    for settings, source, other in (
        (whitelist.settings, "the whitelist", cohort.settings),
        (cohort.settings, cohort.source, whitelist.settings),
    ):
        if "steps" not in settings:
            came = _named(other.get("steps") or [])
            of_other = f"; the other side has {', '.join(name for name, _ in came)}" if came else ""
            text = f"steps: {source} does not say what came before extraction{of_other}"
            yield Difference("steps", text, serious=bool(came))
            return
    theirs = _named(cohort.settings["steps"] or [])
    if names != [name for name, _ in theirs]:
        yield Difference("steps", f"steps: {_of_both(', '.join(names), ', '.join(name for name, _ in theirs))}")
        return
    for place, ((name, one), (_, other)) in enumerate(zip(ours, theirs, strict=True), start=1):
        yield from _step(f"step {place}, {name}", one, other)


def _step(where: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare one step; `fits` stands for what a step learned from a cohort and another study took over."""
    if ("fits" in ours) != ("fits" in theirs):
        taker = "the cohort" if "fits" in theirs else "the whitelist"
        yield Difference(
            "steps", f"{where}: {taker} uses what was learned elsewhere; allow it if that is the study of the other"
        )
        return
    for key in sorted({*ours, *theirs}):
        if ours.get(key) != theirs.get(key):
            yield Difference("steps", f"{where}: {key}: {_of_both(ours.get(key), theirs.get(key))}")


def _learned(whitelist: Whitelist, cohort: Cohort) -> Iterator[Difference]:
    """Compare what steps and harmonizer have learned, where both sides have the same: nothing if it was taken over."""
    if cohort.learned_digest and cohort.learned_digest == whitelist.learned_digest:
        return
    elsewhere = bool(cohort.learned_digest and whitelist.learned_digest)
    ours, theirs = (_named(side.settings.get("steps") or []) for side in (whitelist, cohort))
    same = [name for name, _ in ours] == [name for name, _ in theirs]
    pairs = zip(ours, theirs, strict=True) if same else ()
    for place, ((name, one), (_, other)) in enumerate(pairs, start=1):
        if "fits" not in one and "fits" not in other and hasattr(STEPS.get(name), "observe"):
            where = f"step {place}, {name}"
            if elsewhere:
                yield Difference("steps", f"{where}: the cohort uses what was learned in another study")
            else:
                text = f"{where}: each study learned it from its own scans, which may differ"
                yield Difference("steps", text, serious=False)
    if elsewhere and "harmonizer" in whitelist.settings and "harmonizer" in cohort.settings:
        yield Difference("harmonizer", "harmonizer: the cohort uses one that was fitted in another study")


def _named(steps: list[Any]) -> list[tuple[str, Mapping[str, Any]]]:
    pairs = [next(iter(step.items())) if isinstance(step, Mapping) else (str(step), {}) for step in steps]
    return [(name, parameters or {}) for name, parameters in pairs]


def _extraction(whitelist: Whitelist, cohort: Cohort) -> Iterator[Difference]:
    if "extraction" not in whitelist.settings or "extraction" not in cohort.settings:
        lacking = "the whitelist" if "extraction" not in whitelist.settings else cohort.source
        yield Difference("unknown", f"extraction: {lacking} does not say how features were extracted")
        return
    ours = ExtractionSettings.from_mapping(whitelist.settings["extraction"], "whitelist: settings", Path())
    theirs = ExtractionSettings.from_mapping(cohort.settings["extraction"], cohort.source, Path())
    one, other = (side.settings["extraction"].get("engine", OF_PARAMETER_FILES) for side in (whitelist, cohort))
    if one != other:
        apart = ours.extractor is not None or theirs.extractor is not None
        so = "their features are not the same" if apart else "their values agree to 1e-9"
        yield Difference("extraction", f"extraction: engine: {_of_both(one, other)}; {so}", serious=apart)
        if apart:
            return
    for key in sorted({*ours.options, *theirs.options}):
        if ours.options.get(key) != theirs.options.get(key):
            both = _of_both(ours.options.get(key), theirs.options.get(key))
            yield Difference("extraction", f"extraction: options: {key}: {both}")
    wanted = {name for rois in whitelist.features.values() for names in rois.values() for name in names}
    told: set[str] = set()
    for image_type, own in ours.imageType.items():
        names = ExtractionSettings(ours.setting, {image_type: own}, ours.featureClass, None).feature_names()
        if not wanted.intersection(names):
            continue
        if image_type not in theirs.imageType:
            yield Difference("extraction", f"extraction: image type {image_type}: the cohort does not have it")
            continue
        here, there = _effective(ours, image_type), _effective(theirs, image_type)
        # A setting with an effect on one side only depends on another one that differs and is named.
        for key in sorted(here.keys() & there.keys()):
            text = f"{key}: {_of_both(here[key], there[key])}"
            if here[key] != there[key] and text not in told:
                told.add(text)
                of_image = f"image type {image_type}: " if key in own or key in theirs.imageType[image_type] else ""
                # A parameter file needs a number where a study takes the axis of the slices from each scan.
                serious = key != "force2Ddimension" or INFERRED not in (here[key], there[key])
                if not serious:
                    text += " (counted z, y, x): the same for scans whose slices lie along that axis; check that"
                yield Difference("extraction", f"extraction: {of_image}{text}", serious)


def _effective(settings: ExtractionSettings, image_type: str) -> dict[str, Any]:
    """Give the settings that have an effect on an image type."""
    setting = settings.for_image(image_type)
    return {
        key: value
        for key, value in setting.items()
        if not (key in _WITHOUT_EFFECT and _WITHOUT_EFFECT[key](setting))
        and _OF_ONE_IMAGE.get(key, image_type) == image_type
    }


def _versions(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[Difference]:
    if not ours or not theirs:
        lacking = "the whitelist" if not ours else "the cohort"
        yield Difference("versions", f"versions: not known of {lacking}", serious=False)
        return
    for name in sorted(set(ours) & set(theirs) - {"python"}):
        if ours[name] != theirs[name]:
            yield Difference("versions", f"{name}: {_of_both(ours[name], theirs[name])}", serious=name in EXTRACTORS)


def _of_both(ours: object, theirs: object) -> str:
    return f"the whitelist has {_shown(ours)}, the cohort {_shown(theirs)}"


def _shown(value: object) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, tuple):
        value = list(value)
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
