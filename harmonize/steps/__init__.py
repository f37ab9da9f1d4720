"""Image-domain steps, one a file, and the names they have in a study file."""

import dataclasses
from typing import Any

from harmonize.errors import ConfigurationError
from harmonize.steps.chain import Step, apply, parse_step
from harmonize.steps.clip import Clip
from harmonize.steps.diffusion import AnisotropicDiffusion
from harmonize.steps.n4 import N4BiasField
from harmonize.steps.resample import Resample
from harmonize.steps.zscore import ZScore

__all__ = [
    "STEPS",
    "AnisotropicDiffusion",
    "Clip",
    "N4BiasField",
    "Resample",
    "Step",
    "ZScore",
    "apply",
    "describe",
    "parse_steps",
]

STEPS: dict[str, type[Step]] = {
    step.name: step
    for step in (
        AnisotropicDiffusion,
        Clip,
        N4BiasField,
        Resample,
        ZScore,
    )
}
"""Every step by its name in a study file. A new step is one file and one line here."""


def parse_steps(entries: object, where: str) -> tuple[Step, ...]:
    """Make the steps of a strategy from what a study file holds.

    Parameters
    ----------
    entries : object
        A list of names of steps, or of one name with its parameters each; `None` stands for no step.
    where : str
        The place in the file, as the error message shall name it.

    Returns
    -------
    tuple of Step
        In the order of the list.

    Raises
    ------
    ConfigurationError
        For an unknown step or parameter (with the nearest right name) or a value that does not fit.

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
    return tuple(parse_step(entry, STEPS, f"{where}[{index}]") for index, entry in enumerate(entries))


def describe(step: Step) -> dict[str, dict[str, Any]]:
    """Give a step as an entry of a study file, with every parameter spelled out.

    Two steps that do the same have the same description; it holds only what JSON can hold, and `parse_steps` makes
    the same step of it again.

    Examples
    --------
    >>> describe(ZScore())
    {'zscore': {'region': 'foreground', 'scale': 100.0, 'outliers': None}}
    """
    parameters = {field.name: _plain(getattr(step, field.name)) for field in dataclasses.fields(step)}  # type: ignore[arg-type]  # every step is a dataclass
    return {step.name: parameters}


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
