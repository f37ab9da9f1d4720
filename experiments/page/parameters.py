"""Settings in plain words: steps with their parameters, and any value of a settings file."""

from collections.abc import Container, Mapping
from typing import Any

from harmonize.perturbations import PERTURBATIONS
from harmonize.steps import STEPS


def step(entry: object, shown: Container[tuple[str, str]] | None = None) -> str:
    """Write one step, or perturbation, with its parameters; of these those in `shown` (step and name), if it is given.

    A parameter that stands in the title of the step in braces, such as {flow}, is its kind and is told there.

    Examples
    --------
    >>> step({"zscore": {"region": "foreground", "scale": 100.0}})
    'z-score (region foreground, scale 100)'
    >>> step({"diffusion": {"flow": "curvature", "iterations": 5}}, {("diffusion", "iterations")})
    'curvature anisotropic diffusion (iterations 5)'
    """
    if not isinstance(entry, Mapping) or len(entry) != 1:
        return plain(entry)
    ((name, values),) = entry.items()
    values = values if isinstance(values, Mapping) else {}
    known = STEPS.get(str(name)) or PERTURBATIONS.get(str(name))
    words: str = getattr(known, "title", "") or str(name).replace("_", " ")
    kinds = [key for key in values if f"{{{key}}}" in words]
    for key in kinds:
        words = words.replace(f"{{{key}}}", plain(values[key]))
    told = [
        f"{str(key).replace('_', ' ')} {plain(value)}"
        for key, value in values.items()
        if key not in kinds and (shown is None or (str(name), str(key)) in shown)
    ]
    return f"{words} ({', '.join(told)})" if told else words


def plain(value: object) -> str:
    """Write any value of a settings file.

    Examples
    --------
    >>> plain([1.0, 2.5]), plain(None), plain({"a": True})
    ('1, 2.5', 'none', 'a: yes')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {plain(inner)}" for key, inner in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(plain(inner) for inner in value) or "none"
    return str(value)


def flat(settings: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """List nested settings as name and value.

    Examples
    --------
    >>> flat({"setting": {"binWidth": 5.0}, "imageType": {"Original": {}}})
    [('setting.binWidth', '5'), ('imageType.Original', 'defaults')]
    """
    rows = []
    for key, value in settings.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping) and value:
            rows += flat(value, f"{name}.")
        else:
            rows.append((name, "defaults" if value in ({}, None, []) else plain(value)))
    return rows
