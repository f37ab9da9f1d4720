"""A whitelist in the forms that other software reads: a table, and parameter files of PyRadiomics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from evaluation.extraction import ExtractionSettings
from evaluation.extraction.parameters import INFERRED, OWN
from harmonize.errors import ConfigurationError
from selection.whitelist import Whitelist


@dataclass(frozen=True)
class ParameterFile:
    """A parameter file of PyRadiomics.

    Parameters
    ----------
    text : str
        YAML.
    features : tuple of str
        The whitelisted features that it computes.
    others : tuple of str
        What PyRadiomics computes besides: it takes a feature from every band of a wavelet transform or from none.
    """

    text: str
    features: tuple[str, ...]
    others: tuple[str, ...]


def to_frame(whitelist: Whitelist) -> pd.DataFrame:
    """Give a whitelist as a table, one row per sequence, ROI, feature and, where judged one by one, condition.

    Returns
    -------
    DataFrame
        Columns strategy, sequence, roi, condition (``all`` for what passes under all), feature, rule, reference,
        settings_digest, data_digest.

    Examples
    --------
    >>> whitelist = Whitelist("raw", {"T2": {"liver": ("original_glcm_Id",)}}, {"T2": {"liver": 93}}, {})
    >>> to_frame(whitelist)[["sequence", "roi", "condition", "feature"]]
      sequence    roi condition           feature
    0       T2  liver       all  original_glcm_Id
    """
    rows = [
        (whitelist.strategy, sequence, roi, condition, feature)
        for condition, lists in {"all": whitelist.features, **whitelist.contrasts}.items()
        for sequence, rois in lists.items()
        for roi, features in rois.items()
        for feature in features
    ]
    table = pd.DataFrame(rows, columns=["strategy", "sequence", "roi", "condition", "feature"])
    return table.assign(
        rule=whitelist.rule.get("definition", ""),
        reference=whitelist.reference,
        settings_digest=whitelist.settings_digest,
        data_digest=whitelist.data_digest,
    )


def parameter_files(whitelist: Whitelist, slice_axis: int | None = None) -> tuple[ParameterFile, ...]:
    """Give the parameter files with which PyRadiomics computes just the whitelisted features.

    PyRadiomics computes the features of a parameter file on every image type of the file. One file therefore holds the
    image types (for LoG, the widths) on which the same features are wanted; most whitelists of the original image
    alone need one. Together the files compute each whitelisted feature once.

    Parameters
    ----------
    whitelist : Whitelist
        With the extraction settings in its `settings`. The features of all its sequences and ROIs are taken together;
        `Whitelist.within` gives the part of one.
    slice_axis : {0, 1, 2} or None
        Which axis, counted z, y, x, the slices lie along, where the settings leave that to each scan
        (``force2Ddimension: auto``), which PyRadiomics cannot.

    Raises
    ------
    ConfigurationError
        If the whitelist holds no extraction settings, no feature, or one that its settings do not compute, or if a
        slice axis is needed.

    Examples
    --------
    >>> settings = {"steps": [], "extraction": ExtractionSettings({"binWidth": 5}).to_mapping()}
    >>> features = {"T2": {"liver": ("original_firstorder_Mean", "original_glcm_Id")}}
    >>> file, = parameter_files(Whitelist("raw", features, {"T2": {"liver": 93}}, {}, settings=settings))
    >>> print(file.text[file.text.index("setting:"):])
    setting:
      binWidth: 5.0
    imageType:
      Original: {}
    featureClass:
      firstorder:
      - Mean
      glcm:
      - Id
    <BLANKLINE>
    """
    if "extraction" not in whitelist.settings:
        raise ConfigurationError(
            f"the whitelist of '{whitelist.strategy}' holds no extraction settings, so that no parameter file can be "
            "written; make it again with `settings`"
        )
    settings = _for_pyradiomics(
        ExtractionSettings.from_mapping(whitelist.settings["extraction"], "whitelist: settings", Path()), slice_axis
    )
    wanted = {name for rois in whitelist.features.values() for names in rois.values() for name in names}
    if not wanted:
        raise ConfigurationError("the whitelist holds no feature, so that there is no parameter file to write")
    groups: dict[tuple[tuple[str, tuple[str, ...]], ...], dict[str, dict[str, Any]]] = {}
    for image_type, own, classes in _image_types(settings):
        names = ExtractionSettings(settings.setting, {image_type: own}, classes, None).feature_names()
        chosen = {
            feature_class: tuple(
                feature
                for feature in features
                if wanted.intersection(name for name in names if name.endswith(f"_{feature_class}_{feature}"))
            )
            for feature_class, features in classes.items()
        }
        key = tuple((feature_class, features) for feature_class, features in chosen.items() if features)
        if key:
            images = groups.setdefault(key, {})
            sigma = [*images.get(image_type, {}).get("sigma", ()), *own.get("sigma", ())]
            images[image_type] = {**own, "sigma": sigma} if sigma else dict(own)
    files = tuple(_file(settings, images, dict(key), whitelist, wanted) for key, images in groups.items())
    refused = not_computed(whitelist)
    if refused:
        raise ConfigurationError(refused)
    return files


def not_computed(whitelist: Whitelist) -> str:
    """Say which features of a whitelist its own extraction settings do not compute; empty if they compute all.

    Of a whitelist without extraction settings nothing can be said.
    """
    if "extraction" not in whitelist.settings:
        return ""
    settings = ExtractionSettings.from_mapping(whitelist.settings["extraction"], "whitelist: settings", Path())
    if settings.extractor is not None:
        return ""
    wanted = {name for rois in whitelist.features.values() for names in rois.values() for name in names}
    unknown = sorted(wanted.difference(settings.feature_names()))
    if not unknown:
        return ""
    return (
        f"the extraction settings of the whitelist do not compute {len(unknown)} of its features, the first is "
        f"'{unknown[0]}'"
    )


def _for_pyradiomics(settings: ExtractionSettings, slice_axis: int | None) -> ExtractionSettings:
    """Put a number where the settings leave the slice axis to each scan."""
    if settings.extractor is not None:
        raise ConfigurationError(
            f"the features are of the engine '{settings.engine}', which no parameter file of PyRadiomics gives; take "
            "the whitelist as JSON or CSV"
        )

    def told(section: Mapping[str, Any]) -> dict[str, Any]:
        return {key: slice_axis if value == INFERRED else value for key, value in section.items()}

    ours = [key for key in OWN if settings.setting.get(key) is not None]
    if ours:
        raise ConfigurationError(
            f"PyRadiomics does not know {' and '.join(ours)}, so that no parameter file gives these features; take the "
            "whitelist as JSON or CSV"
        )
    sections = [settings.setting, *settings.imageType.values()]
    if not any(section.get("force2Ddimension") == INFERRED for section in sections):
        return settings
    if slice_axis is None:
        raise ConfigurationError(
            "the slice axis was taken from each scan (force2Ddimension: auto), but a parameter file needs a number; "
            "name it with `slice_axis`: 0, 1 or 2 for slices along z, y or x"
        )
    images = {name: told(own) for name, own in settings.imageType.items()}
    return replace(settings, setting=told(settings.setting), imageType=images)


def _image_types(
    settings: ExtractionSettings,
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, tuple[str, ...]]]]:
    """Give the parts that a parameter file may hold or not: image types, widths of LoG, and shape."""
    shape, intensity = settings.shape_classes(), settings.intensity_classes()
    if shape and "Original" not in settings.imageType:
        yield "Original", {}, shape
    for image_type, own in settings.imageType.items():
        classes = {**shape, **intensity} if image_type == "Original" else intensity
        for sigma in settings.for_image(image_type)["sigma"] if image_type == "LoG" else [None]:
            if classes:
                yield image_type, dict(own) if sigma is None else {**own, "sigma": [sigma]}, classes


def _file(
    settings: ExtractionSettings,
    images: Mapping[str, Mapping[str, Any]],
    classes: Mapping[str, tuple[str, ...]],
    whitelist: Whitelist,
    wanted: set[str],
) -> ParameterFile:
    part = ExtractionSettings(settings.setting, images, classes, None)
    plain = part.of_pyradiomics()
    computed = part.feature_names()
    others = tuple(name for name in computed if name not in wanted)
    steps = [
        next(iter(step)) if isinstance(step, Mapping) else str(step) for step in whitelist.settings.get("steps", [])
    ]
    lines = [
        f"PyRadiomics parameters for the robust features of strategy '{whitelist.strategy}'"
        + (f" of study '{whitelist.study}'" if whitelist.study else ""),
        f"rule: {whitelist.rule.get('definition', 'not recorded')}",
        f"whitelist: sha256 {whitelist.digest}",
        f"the image must first go through: {', '.join(steps)} (parameters in the whitelist)"
        if steps
        else "the features were taken from the image as it is"
        if "steps" in whitelist.settings
        else "what the image went through before is not recorded",
    ]
    if others:
        lines.append(f"computed besides, as PyRadiomics cannot leave them out: {', '.join(others)}")
    header = "".join(f"# {' '.join(line.split())}\n" for line in lines)
    text = header + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    return ParameterFile(text, tuple(name for name in computed if name in wanted), others)
