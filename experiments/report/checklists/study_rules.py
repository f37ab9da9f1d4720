"""Answers that the study of reliability itself gives."""

from collections.abc import Callable

from evaluation.tables import feature_class
from experiments.folder.files import (
    AUDIT,
    FAILURES,
    FEATURES,
    IBSI,
    METHODS,
    PROTOCOL,
    RELIABILITY,
    RUN,
    TABLES,
    WHITELISTS,
)
from experiments.page import wording
from experiments.page.parameters import step
from experiments.report.checklists.knowledge import Answer, Knowledge, sentence


def protocol(known: Knowledge) -> Answer:
    """Say what headers and sidecars told."""
    if known.protocol is None or known.protocol.empty:
        return Answer("open", "No headers or sidecars told of it.")
    count = len(known.protocol.columns)
    return Answer("partly", f"Headers and sidecars of {len(known.protocol)} scans, {count} columns.", PROTOCOL)


def preprocessing(known: Knowledge) -> Answer:
    """List the steps of every strategy."""
    parts = [
        f"{strategy['name']}: {', '.join(map(step, strategy['steps'])) or 'none'}" for strategy in known.strategies
    ]
    return Answer("yes", f"Steps with all parameters. {'; '.join(parts)}.", f"{RUN}, {METHODS}")


def suitable_preprocessing(known: Knowledge) -> Answer:
    """Say that preprocessing is described; whether it suits stays open."""
    findings = [one for one in known.files.audit["findings"] if "bins" in str(one.get("kind"))]
    text = "Steps, discretization and image types are described; whether they suit is for the author to say."
    more = f" The audit has {len(findings)} remarks on numbers of gray levels." if findings else ""
    return Answer("partly", text + more, f"{RUN}, {AUDIT}")


def resampling(known: Knowledge) -> Answer:
    """List resampling, as a step or by PyRadiomics."""
    parts = []
    for strategy in known.strategies:
        steps = [step(one) for one in strategy["steps"] if "resample" in one]
        setting = strategy["extraction"].get("setting", {})
        spacing = setting.get("resampledPixelSpacing")
        if spacing:
            steps.append(f"PyRadiomics, spacing {spacing}, {setting.get('interpolator', 'sitkBSpline')}")
        parts.append(f"{strategy['name']}: {', '.join(steps) or 'none'}")
    return Answer("yes", "; ".join(parts) + ".", RUN)


def discretization(known: Knowledge) -> Answer:
    """List the bins of every strategy."""
    parts = []
    for strategy in known.strategies:
        setting = strategy["extraction"].get("setting", {})
        if "binCount" in setting:
            parts.append(f"{strategy['name']}: {setting['binCount']} bins")
        else:
            width = setting.get("binWidth")
            parts.append(f"{strategy['name']}: bin width {'25 (the default)' if width is None else f'{width:g}'}")
    return Answer("yes", "; ".join(parts) + ".", RUN)


def image_types(known: Knowledge) -> Answer:
    """List the image types of all strategies."""
    types = dict.fromkeys(
        name for strategy in known.strategies for name in strategy["extraction"].get("imageType", {"Original": {}})
    )
    return Answer("yes", f"{', '.join(types)}.", RUN)


def software(known: Knowledge) -> Answer:
    """Name the software, its version and how it agrees with IBSI."""
    version = known.files.run["versions"].get("pyradiomics-bhklab", "of unknown version")
    text = f"PyRadiomics (pyradiomics-bhklab) {version}"
    if known.ibsi is None or "agreement" not in known.ibsi:
        return Answer("partly", f"{text}; not compared with the IBSI consensus in this run.", RUN)
    agreement = known.ibsi["agreement"]
    return Answer(
        "yes",
        f"{text}; {int((agreement == 'agrees').sum())} of {len(agreement)} features agree with the IBSI consensus on "
        f"its digital phantom, {int((agreement == 'deviates').sum())} deviate, the others have no consensus value.",
        f"{IBSI}, {RUN}",
    )


def extraction(known: Knowledge) -> Answer:
    """Name the software, and whether it took slices or volumes."""
    flat = sorted({bool(one["extraction"].get("setting", {}).get("force2D", False)) for one in known.strategies})
    space = " and ".join("2D" if one else "3D" for one in flat)
    return Answer("yes", f"{software(known).known} Extracted in {space}.", f"{RUN}, {METHODS}")


def parameters(_: Knowledge) -> Answer:
    """Say where the parameters of extraction stand."""
    return Answer("yes", "Every parameter that was set; for all others PyRadiomics' defaults hold.", RUN)


def classes(known: Knowledge) -> Answer:
    """Count the features by class."""
    counts: dict[str, int] = {}
    for feature in known.files.features:
        counts[feature_class(feature)] = counts.get(feature_class(feature), 0) + 1
    return Answer("yes", f"{', '.join(f'{name} {count}' for name, count in counts.items())}.", FEATURES)


def number(known: Knowledge) -> Answer:
    """Count the features."""
    run = known.files.run
    return Answer(
        "yes",
        f"{len(known.files.features)} features for each ROI and sequence: {wording.plural(len(run['rois']), 'ROI')}, "
        f"{wording.plural(len(run['sequences']), 'sequence')}.",
        FEATURES,
    )


def missing(known: Knowledge) -> Answer:
    """Count what is missing of the scans."""
    cells = known.files.audit["cells"]
    return Answer(
        "partly",
        f"{cells['present']} of {cells['expected']} ROIs are present; {len(known.files.failures)} failures. For "
        "reliability a subject that lacks a value is left out of that comparison; missing data of the patients are for "
        "the author to report.",
        f"{AUDIT}, {FAILURES}",
    )


def confounders(known: Knowledge) -> Answer:
    """Say whether protocols were compared and conditions harmonized."""
    harmonized = [one["name"] for one in known.strategies if one.get("harmonizer")]
    findings = [one for one in known.files.audit["findings"] if str(one.get("kind")).startswith("protocol_differs")]
    parts = []
    if known.protocol is not None and not known.protocol.empty:
        parts.append(f"protocols of the scans were compared: {len(findings)} differences")
    if harmonized:
        parts.append(f"conditions were harmonized under {', '.join(harmonized)}")
    if not parts:
        return Answer()
    return Answer("partly", f"{sentence('; '.join(parts))}. Those of the patients are for the author to report.",
                  f"{AUDIT}, {RUN}")  # fmt: skip


def sequences(known: Knowledge) -> Answer:
    """Name the sequences."""
    names = known.files.run["sequences"]
    return Answer("open", f"Features come from {wording.plural(len(names), 'sequence')}: {', '.join(names)}.")


def statistics(_: Knowledge) -> Answer:
    """Say where the reliability stands."""
    return Answer("yes", "Reliability of every feature by sequence, ROI and condition, and which are robust.",
                  f"{RELIABILITY}, {WHITELISTS}/, {TABLES}/")  # fmt: skip


def deep_learning(_: Knowledge) -> Answer:
    """Say that there is none here."""
    return Answer("open", "This run has no deep learning; not applicable if the study has none.")


def shareable(what: str, source: str) -> Callable[[Knowledge], Answer]:
    """Say of a file that it can be shared, not that it is."""
    return lambda _: Answer("open", f"{what}; sharing them is up to the author.", source)
