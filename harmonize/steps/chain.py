"""Steps: what maps one volume to another, and the chain of them that a strategy names."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from harmonize.entries import Registry
from harmonize.errors import ConfigurationError
from harmonize.image.volume import Volume
from harmonize.inputs.configuration import build, refuse_unknown
from harmonize.inputs.documents import as_json

T = TypeVar("T")


@runtime_checkable
class Step(Protocol):
    """What every image-domain step is: a frozen dataclass, callable on a `Volume`.

    Its fields are its parameters in a study file; it never changes the volume it is given.
    """

    name: ClassVar[str]

    def __call__(self, volume: Volume) -> Volume:
        """Give the new volume."""
        ...


def parse_step(entry: object, steps: Registry[type[T]], where: str) -> T:
    """Make a step from an entry of a study file: its name, or one name with its parameters.

    Raises
    ------
    ConfigurationError
        For an unknown step or parameter (with the nearest right name) or a value that does not fit.
    """
    if isinstance(entry, str):
        name, parameters = entry, None
    elif isinstance(entry, Mapping) and len(entry) == 1:
        name, parameters = next(iter(entry.items()))
    else:
        raise ConfigurationError(
            f"{where}: expected the name of a step, or one name with its parameters, found {entry!r}"
        )
    refuse_unknown([name], steps.names, where, "unknown step")
    where = f"{where}: {name}"
    if isinstance(parameters, str) and (alone := getattr(steps.get(name), "alone", "")):
        parameters = {alone: parameters}  # such as `images: denoised`
    if isinstance(parameters, Mapping):
        parameters = steps.unstamped(name, parameters, where)
    return build(steps[name], parameters, where)


def apply_steps(steps: Sequence[Step], volume: Volume) -> Volume:
    """Run a volume through steps, in order."""
    for step in steps:
        volume = step(volume)
    return volume


def parameters_of(step: object) -> dict[str, Any]:
    """Give the parameters of a step that determine its result as plain values, as a study file holds them."""
    told = [item.name for item in fields(step) if item.compare]  # type: ignore[arg-type]  # every step is a dataclass
    return {name: _written(getattr(step, name)) for name in told}


def _written(value: object) -> Any:
    if isinstance(value, tuple) and value and all(map(is_dataclass, value)):  # a chain within a step
        from harmonize.perturbations import PERTURBATIONS  # only here: some of them are made of steps

        return [{one.name: parameters_of(one) | PERTURBATIONS.stamp(one.name)} for one in value]
    return as_json(value)
