"""Image-domain steps, one a file, and the names they have in a study file."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from harmonize.entries import Registry, fault_of_class
from harmonize.errors import ConfigurationError
from harmonize.steps.abilities import Abilities, ChangesGrid, DividesField, abilities_of, needs_reference
from harmonize.steps.bilateral import Bilateral
from harmonize.steps.chain import Step, apply_steps, parameters_of, parse_step
from harmonize.steps.clip import Clip
from harmonize.steps.command import AllowedCommand, ExternalCommand
from harmonize.steps.diffusion import AnisotropicDiffusion
from harmonize.steps.fcm import FuzzyTissueMean
from harmonize.steps.fits import CohortStep, Fit, Fits
from harmonize.steps.histogram_matching import FittedHistogramMatching, HistogramMatching
from harmonize.steps.median import Median
from harmonize.steps.mode import TissueMode
from harmonize.steps.n4 import N4BiasField
from harmonize.steps.nonlocal_means import NonlocalMeans
from harmonize.steps.nyul import FittedNyul, Nyul
from harmonize.steps.processed_elsewhere import ProcessedElsewhere
from harmonize.steps.reference_tissue import ReferenceTissue
from harmonize.steps.resample import Resample
from harmonize.steps.robust_zscore import RobustZScore
from harmonize.steps.round import Round
from harmonize.steps.scaling import Scaling
from harmonize.steps.total_variation import TotalVariation
from harmonize.steps.zscore import ZScore

__all__ = [
    "STEPS",
    "Abilities",
    "AllowedCommand",
    "AnisotropicDiffusion",
    "AnyStep",
    "Bilateral",
    "ChangesGrid",
    "Clip",
    "CohortStep",
    "DividesField",
    "ExternalCommand",
    "Fit",
    "Fits",
    "FittedHistogramMatching",
    "FittedNyul",
    "FuzzyTissueMean",
    "HistogramMatching",
    "Median",
    "N4BiasField",
    "NonlocalMeans",
    "Nyul",
    "ProcessedElsewhere",
    "ReferenceTissue",
    "Resample",
    "RobustZScore",
    "Round",
    "Scaling",
    "Step",
    "TissueMode",
    "TotalVariation",
    "ZScore",
    "abilities_of",
    "apply_steps",
    "columns_of",
    "describe",
    "fitted_class",
    "needs_reference",
    "parse_steps",
    "regions_of",
]

AnyStep = Step | CohortStep | Fits
"""What stands in a strategy: a step; one that is yet to learn from a cohort; or what was learned, by sequence."""

_OURS: dict[str, type[Step] | type[CohortStep]] = {
    step.name: step
    for step in (
        AnisotropicDiffusion,
        Bilateral,
        Clip,
        ExternalCommand,
        FuzzyTissueMean,
        HistogramMatching,
        Median,
        N4BiasField,
        NonlocalMeans,
        Nyul,
        ProcessedElsewhere,
        ReferenceTissue,
        Resample,
        RobustZScore,
        Round,
        Scaling,
        TissueMode,
        TotalVariation,
        ZScore,
    )
}

STEPS = Registry(
    "step",
    _OURS,
    lambda name, entry: fault_of_class(name, entry, called="observe" if hasattr(entry, "observe") else "__call__"),
)
"""Every step by its name in a study file. A new step is one file and one line above, or one that a package adds."""


def parse_steps(entries: object, where: str, folder: Path | None = None) -> tuple[AnyStep, ...]:
    """Make the steps of a strategy from what a study file holds.

    Parameters
    ----------
    entries : object
        A list of names of steps, or of one name with its parameters each; `None` stands for no step.
    where : str
        The place in the file, as the error message shall name it.
    folder : Path, optional
        Where relative paths in parameters start; by default the working directory.

    Returns
    -------
    tuple of Step, CohortStep or Fits
        In the order of the list; fits where a step that learns from a cohort names the file that holds them.

    Raises
    ------
    ConfigurationError
        For an unknown step or parameter (with the nearest right name), a value that does not fit, or a file that
        cannot be used.

    Examples
    --------
    >>> parse_steps(["n4", {"zscore": {"scale": 1}}], "study.yaml: steps")[1]
    ZScore(region='foreground', scale=1.0, outliers=None)
    >>> parse_steps(["zscor"], "study.yaml: steps")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: study.yaml: steps[0]: unknown step 'zscor'; did you mean 'zscore'?
    """
    if entries is None:
        return ()
    if not isinstance(entries, list | tuple):
        raise ConfigurationError(f"{where}: expected a list of steps, found {entries!r}")
    return tuple(_parse(entry, f"{where}[{index}]", folder or Path()) for index, entry in enumerate(entries))


def _parse(entry: object, where: str, folder: Path) -> AnyStep:
    step: AnyStep = parse_step(entry, STEPS, where)
    if isinstance(step, ExternalCommand):
        return replace(step, folder=str(folder / step.folder))
    if not isinstance(step, CohortStep):
        return step
    try:
        return step.given(folder) or step
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {step.name}: {error}") from error


def fitted_class(name: str) -> type[Step]:
    """Give the class of what a step learns from a cohort, by the name of the step.

    Examples
    --------
    >>> fitted_class("nyul").__name__
    'FittedNyul'
    """
    step = STEPS[name]
    if not hasattr(step, "fitted"):
        raise TypeError(f"step '{name}' does not learn from a cohort")
    found: type[Step] = step.fitted
    return found


def regions_of(step: AnyStep) -> tuple[str, ...]:
    """Give the regions that a step measures intensities in.

    Examples
    --------
    >>> regions_of(ZScore()), regions_of(ReferenceTissue({"muscle": 100.0})), regions_of(Resample(1.0))
    (('foreground',), ('muscle',), ())
    """
    if isinstance(step, Fits):
        return tuple(dict.fromkeys(name for fit in step.sequences.values() for name in regions_of(fit.step)))
    if regions := getattr(step, "regions", ()):
        return tuple(regions)
    region = getattr(step, "region", None)
    return () if region is None else (region,)


def columns_of(steps: Iterable[AnyStep]) -> tuple[str, ...]:
    """Give the columns of the table of images whose images steps take in place of the scan's own.

    Examples
    --------
    >>> columns_of(parse_steps([{"images": "denoised"}, "zscore"], ""))
    ('denoised',)
    """
    return tuple(dict.fromkeys(step.column for step in steps if isinstance(step, ProcessedElsewhere)))


def describe(step: AnyStep) -> dict[str, dict[str, Any]]:
    """Give a step as an entry of a study file, with every parameter spelled out.

    Two steps that do the same have the same description; it holds only what JSON can hold, and `parse_steps` makes
    the same step of it again. Of fits it holds their digest alone.

    Examples
    --------
    >>> describe(ZScore())
    {'zscore': {'region': 'foreground', 'scale': 100.0, 'outliers': None}}
    """
    if isinstance(step, Fits):
        return {step.name: {"fits": step.digest()}}
    return {step.name: parameters_of(step) | STEPS.stamp(step.name)}
