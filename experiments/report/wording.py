"""How things are called in the report: numbers, steps, statistics and statuses in plain words."""

import math
from collections.abc import Callable, Container, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from evaluation.percent import in_percent
from experiments.report.contents.quantities import Interval, Share

STATISTICS = {
    "icc": "ICC",
    "ccc": "CCC",
    "cv": "CV",
    "qcd": "QCD",
    "cv_paper": "CV, paper-compatible",
    "qcd_paper": "QCD, paper-compatible",
}

# The kind of a step belongs to its name; its other parameters follow in brackets.
STEPS = {
    "n4": "N4 bias field correction",
    "zscore": "z-score",
    "resample": "resampling",
    "clip": "intensity clipping",
    "diffusion": "{flow} anisotropic diffusion",
    "robust_zscore": "robust z-score",
    "round": "rounding",
    "scaling": "percentile scaling",
    "reference_tissue": "reference tissue",
    "mode": "tissue mode",
    "fcm": "fuzzy tissue mean",
    "nyul": "standard scale (Nyúl)",
    "histogram_matching": "histogram matching",
    "median": "median filter",
    "bilateral": "bilateral filter",
    "nonlocal_means": "non-local means",
    "total_variation": "total variation",
}


def number(value: float) -> str:
    r"""Write a whole number with a narrow space between thousands.

    Examples
    --------
    >>> number(12345) == "12\u202f345"
    True
    """
    return f"{value:,.0f}".replace(",", "\u202f")


def percent(value: float | None, digits: int = 0) -> str:
    r"""Write a share; nothing rounds to none or to all that is not.

    Examples
    --------
    >>> percent(0.444), percent(0.0004), percent(0.9999), percent(1.0), percent(None)
    ('44\xa0%', '<1\xa0%', '>99\xa0%', '100\xa0%', '–')
    """
    text = in_percent(value, digits)
    return text if text == "–" else f"{text}\u00a0%"


def share(counted: Share) -> str:
    r"""Write so many of so many.

    Examples
    --------
    >>> share(Share(3, 4)), share(Share(0, 4, computed=False))
    ('3 of 4 (75\xa0%)', 'not computed')
    """
    if not counted.computed:
        return "not computed"
    return f"{number(counted.passing)} of {number(counted.total)} ({percent(counted.value)})"


def signed(value: float, digits: int = 1) -> str:
    """Write a number with a proper minus sign.

    Examples
    --------
    >>> signed(-0.25, 2), signed(-0.001, 2)
    ('−0.25', '0.00')
    """
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def limits(interval: Interval | None) -> str:
    r"""Write the limits of a share in per cent, or nothing where there are none.

    Examples
    --------
    >>> limits(Interval(0.3, 0.251, 0.4)), limits(Interval(0.9, 0.8, 0.998)), limits(Interval(0.3, None, None))
    ('25 to 40\xa0%', '80 to >99\xa0%', '')
    """
    if interval is None or interval.lower is None or interval.upper is None:
        return ""
    return f"{in_percent(interval.lower)} to {percent(interval.upper)}"


def estimate(interval: Interval, digits: int = 2, scale: float = 1.0) -> str:
    """Write an estimate and its limits, where it has any.

    Examples
    --------
    >>> estimate(Interval(0.66, 0.48, 0.91)), estimate(Interval(-0.1, None, None), 1, 100)
    ('0.66 (0.48 to 0.91)', '−10.0')
    """
    return with_limits(interval.value, interval.lower, interval.upper, lambda value: signed(scale * value, digits))


def with_limits(
    value: float, lower: float | None, upper: float | None, write: Callable[[float], str] | None = None
) -> str:
    """Write a value and its limits, where it has any (else None or NaN); with two digits unless `write` says else.

    Examples
    --------
    >>> with_limits(0.71, 0.6, 0.82), with_limits(-0.2, math.nan, math.nan)
    ('0.71 (0.60 to 0.82)', '−0.20')
    """
    write = write or partial(signed, digits=2)
    if lower is None or upper is None or math.isnan(lower) or math.isnan(upper):
        return write(value)
    return f"{write(value)} ({write(lower)} to {write(upper)})"


def none(status: str) -> str:
    """Write that there is no value, and why.

    Examples
    --------
    >>> none("no_spread")
    'none (no spread)'
    """
    return f"none ({status})".replace("_", " ")


def p_value(value: float | None) -> str:
    """Write a p or q value.

    Examples
    --------
    >>> p_value(0.0321), p_value(0.0002), p_value(None)
    ('0.032', '<0.001', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def named_p(name: str, value: float | None) -> str:
    """Write a p or q value with its name.

    Examples
    --------
    >>> named_p("p", 0.0321), named_p("q", 0.0002)
    ('p = 0.032', 'q < 0.001')
    """
    text = p_value(value)
    return f"{name} {text.replace('<', '< ') if text.startswith('<') else f'= {text}'}"


def plural(count: int, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> plural(1, "subject"), plural(3, "strategy")
    ('1 subject', '3 strategies')
    """
    several = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number(count)} {noun if count == 1 else several}"


def threshold(statistic: str, direction: str, value: float) -> str:
    r"""Write a threshold as papers do.

    Examples
    --------
    >>> threshold("icc", ">", 0.9), threshold("cv", "<", 0.1)
    ('> 0.90', '< 10\xa0%')
    """
    if statistic.startswith(("cv", "qcd")):
        return f"{direction} {100 * value:g}\u00a0%"
    return f"{direction} {value:.2f}" if round(value, 2) == value else f"{direction} {value:g}"


def label(statistic: str) -> str:
    """Write the name of a statistic."""
    return STATISTICS.get(statistic, statistic)


def step(entry: object, shown: Container[tuple[str, str]] | None = None) -> str:
    """Write one step with its parameters; of these only those in `shown` (step and name), if it is given.

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
    words = STEPS.get(str(name), str(name).replace("_", " "))
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


def moment(text: str) -> str:
    """Write an ISO time to the minute, or the text itself where it is none.

    Examples
    --------
    >>> moment("2025-03-01T12:30:59+00:00")
    '2025-03-01 12:30 UTC'
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{time:%Y-%m-%d %H:%M} {time:%Z}".strip()


def duration(seconds: float) -> str:
    """Write a time span.

    Examples
    --------
    >>> duration(3.21), duration(75), duration(7320)
    ('3.2 s', '1 min 15 s', '2 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
