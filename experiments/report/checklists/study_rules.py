"""Answers that the study of reliability itself gives."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from evaluation.generalizability.verdicts import ESTIMATE, NOT_COMPUTED, YES
from evaluation.reliability.by_facet import coefficient_name
from evaluation.reliability.statistics import about
from evaluation.tables import SEGMENTATION, feature_class
from experiments.folder import files
from experiments.page.parameters import step
from experiments.page.wording import plural
from experiments.report.checklists.knowledge import Answer, Knowledge, fixed
from harmonize.steps import STEPS, ChangesGrid
from harmonize.words import listed, sentence

parameters = fixed("yes", "Every parameter that was set; for all others PyRadiomics' defaults hold.", files.RUN)
statistics = fixed(
    "yes",
    "Reliability of every feature by sequence, ROI and condition, and which are robust.",
    f"{files.RELIABILITY}, {files.WHITELISTS}/, {files.TABLES}/",
)
deep_learning = fixed("open", "This run has no deep learning; not applicable if the study has none.")
features_to_share = fixed(
    "open", "The feature values are in one file; sharing them is up to the author.", files.FEATURES
)
settings_to_share = fixed(
    "open", "All settings and versions are in one file; sharing them is up to the author.", files.RUN
)


def _setting(strategy: Mapping[str, Any]) -> Mapping[str, Any]:
    setting: Mapping[str, Any] = strategy["extraction"]["setting"]
    return setting


def protocol(known: Knowledge) -> Answer:
    """Say what headers and sidecars told."""
    if known.protocol is None or known.protocol.empty:
        return Answer("open", "No headers or sidecars told of it.")
    count = len(known.protocol.columns)
    text = f"Headers and sidecars of {plural(len(known.protocol), 'scan')}, {plural(count, 'column')}."
    return Answer("partly", text, files.PROTOCOL)


def preprocessing(known: Knowledge) -> Answer:
    """List the steps of every strategy."""
    told = known.of_each(lambda one: ", ".join(map(step, one["steps"])) or "none")
    return Answer("yes", f"Steps with all parameters. {told}", f"{files.RUN}, {files.METHODS}")


def suitable_preprocessing(known: Knowledge) -> Answer:
    """Say that preprocessing is described; whether it suits stays open."""
    findings = [one for one in known.context.run.audit["findings"] if "bins" in str(one.get("kind"))]
    text = "Steps, discretization and image types are described; whether they suit is for the author to say."
    more = f" The audit has {len(findings)} remarks on numbers of gray levels." if findings else ""
    return Answer("partly", text + more, f"{files.RUN}, {files.AUDIT}")


def resampling(known: Knowledge) -> Answer:
    """List resampling, as a step or by PyRadiomics."""

    def tell(strategy: Mapping[str, Any]) -> str:
        steps, setting = [step(one) for one in strategy["steps"] if _changes_grid(one)], _setting(strategy)
        if spacing := setting.get("resampledPixelSpacing"):
            steps.append(f"PyRadiomics, spacing {spacing}, {setting.get('interpolator', 'sitkBSpline')}")
        return ", ".join(steps) or "none"

    return Answer("yes", known.of_each(tell), files.RUN)


def _changes_grid(entry: Mapping[str, Any]) -> bool:
    kind = STEPS.get(next(iter(entry)))
    return kind is not None and issubclass(kind, ChangesGrid)


def discretization(known: Knowledge) -> Answer:
    """List the bins of every strategy."""

    def tell(strategy: Mapping[str, Any]) -> str:
        setting = _setting(strategy)
        if "binCount" in setting:
            return f"{setting['binCount']} bins"
        width = setting.get("binWidth")
        return f"bin width {'25 (the default)' if width is None else f'{width:g}'}"

    return Answer("yes", known.of_each(tell), files.RUN)


def image_types(known: Knowledge) -> Answer:
    """List the image types of all strategies."""
    types = dict.fromkeys(
        name
        for one in known.strategies
        for name in one["extraction"]["imageType"] or [f"those of {one['extraction']['engine']}"]
    )
    return Answer("yes", f"{', '.join(types)}.", files.RUN)


def software(known: Knowledge) -> Answer:
    """Name the software, its version and how it agrees with IBSI."""
    versions = known.record["versions"]
    engines = {
        one["extraction"].get("options", {}).get("package") or one["extraction"]["engine"] for one in known.strategies
    }
    named = {
        "radharmony": f"radharmony {versions['radharmony']} (PyRadiomics' definitions)",
        "pyradiomics": f"PyRadiomics (pyradiomics-bhklab) {versions.get('pyradiomics-bhklab', 'unknown')}",
    }
    text = listed(named.get(engine, engine) for engine in sorted(engines))
    if known.ibsi is None or "agreement" not in known.ibsi:
        return Answer("partly", f"{text}; not compared with the IBSI consensus in this run.", files.RUN)
    count = Counter(known.ibsi["agreement"])
    return Answer(
        "yes",
        f"{text}; {count['agrees']} of {len(known.ibsi)} features agree with the IBSI consensus on its digital "
        f"phantom, {count['deviates']} deviate, the others have no consensus value.",
        f"{files.IBSI}, {files.RUN}",
    )


def extraction(known: Knowledge) -> Answer:
    """Name the software, and whether it took slices or volumes."""
    flat = sorted({bool(_setting(one).get("force2D", False)) for one in known.strategies})
    space = " and ".join("2D" if one else "3D" for one in flat)
    return Answer("yes", f"{software(known).known} Extracted in {space}.", f"{files.RUN}, {files.METHODS}")


def classes(known: Knowledge) -> Answer:
    """Count the features by class."""
    counts = Counter(map(feature_class, known.context.features))
    return Answer("yes", f"{', '.join(f'{name} {count}' for name, count in counts.items())}.", files.FEATURES)


def number(known: Knowledge) -> Answer:
    """Count the features."""
    places = f"{plural(len(known.record['rois']), 'ROI')}, {plural(len(known.record['sequences']), 'sequence')}"
    return Answer("yes", f"{len(known.context.features)} features for each ROI and sequence: {places}.", files.FEATURES)


def readers(known: Knowledge) -> Answer:
    """Name the segmentations of the study, where it has several."""
    drawn = known.record.get("segmentations", [])
    if len(drawn) < 2:
        return Answer()
    text = f"Segmentations of {listed(drawn)}; conditions are compared by those of {known.record['segmentation']}."
    return Answer("partly", f"{text} Who they are is for the author to say.", files.RUN)


def segmentation(known: Knowledge) -> Answer:
    """Say how far segmentations agree, where they are a facet of the study."""
    verdicts = known.context.run.get(files.ROBUST_TO)
    own = None if verdicts is None else verdicts[verdicts["facet"] == SEGMENTATION]
    computed = 0 if own is None else int((own["verdict"] != NOT_COMPUTED).sum())
    if own is not None and computed:
        label, limit = about(coefficient_name(SEGMENTATION)).label, own["threshold"].iloc[0]
        count = int(own["verdict"].isin([YES, ESTIMATE]).sum())
        text = (
            f"Agreement of segmentations for every feature, strategy, sequence and ROI: {label} could be computed for "
            f"{computed} of {len(own)} and is above {limit:g} for {count}."
        )
        return Answer("yes", text, f"{files.COEFFICIENTS}, {files.ROBUST_TO}")
    if len(known.record.get("segmentations", [])) > 1:
        text = "Features of several segmentations were computed; how far they agree was not: it is told with facets."
        return Answer("partly", text, files.FEATURES)
    return Answer()


def missing(known: Knowledge) -> Answer:
    """Count what is missing of the scans."""
    cells, failures = known.context.run.audit["cells"], known.context.run.failures
    return Answer(
        "partly",
        f"{cells['present']} of {cells['expected']} ROIs are present; {len(failures)} failures. For reliability a "
        "subject that lacks a value is left out of that comparison; missing data of the patients are for the author to "
        "report.",
        f"{files.AUDIT}, {files.FAILURES}",
    )


def confounders(known: Knowledge) -> Answer:
    """Say whether protocols were compared and conditions harmonized."""
    parts = []
    if known.protocol is not None and not known.protocol.empty:
        found = [
            one for one in known.context.run.audit["findings"] if str(one.get("kind")).startswith("protocol_differs")
        ]
        parts.append(f"protocols of the scans were compared: {len(found)} differences")
    if known.harmonized:
        parts.append(f"conditions were harmonized under {known.harmonized}")
    if not parts:
        return Answer()
    text = f"{sentence('; '.join(parts))}. Those of the patients are for the author to report."
    return Answer("partly", text, f"{files.AUDIT}, {files.RUN}")


def sequences(known: Knowledge) -> Answer:
    """Name the sequences."""
    names = known.record["sequences"]
    return Answer("open", f"Features come from {plural(len(names), 'sequence')}: {', '.join(names)}.")
