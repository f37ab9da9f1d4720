"""How features are extracted: PyRadiomics' parameters, checked, merged and named by a digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evaluation.extraction import parameters
from evaluation.extraction.derived_names import image_names
from evaluation.extraction.extractors import ENGINES, Extractor, made
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError
from harmonize.image.slices import slice_axis
from harmonize.image.volume import Grid
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.documents import as_json
from harmonize.inputs.paths import path_within
from harmonize.inputs.yaml_file import read_yaml

SECTIONS = ("setting", "imageType", "featureClass")


@dataclass(frozen=True)
class ExtractionSettings:
    """What features are extracted and how, under the names of a PyRadiomics parameter file.

    Parameters
    ----------
    setting : mapping
        PyRadiomics' settings; those that are not named have PyRadiomics' defaults, listed in
        `evaluation.extraction.parameters.DEFAULTS`.
    imageType : mapping of str to mapping
        Which images features are computed on, each with settings of its own; by default the original one.
    featureClass : mapping of str to sequence of str
        Which classes, and of each which features; none named are all. By default the 93 features of the six classes
        that look at intensities; `shape` and `shape2D` on request.
    bin_limits : tuple of int, optional
        Fewest and most gray levels that an ROI of the original image may have after discretization; outside them
        texture says more about the bin width than about the tissue, and the ROI is reported as failed. `None` for no
        limits.
    engine : {"radharmony", "pyradiomics", "mirp"} or another that a package adds
        What computes first-order and texture features: `evaluation.extraction.engine`, all ROIs at once, or
        PyRadiomics, one class of one ROI after the other. Their values agree to 1e-9, but for the cases that the
        documentation lists. Any other has features of its own, and `options` in place of what stands above.
    options : mapping
        Of an engine with features of its own.

    Raises
    ------
    ConfigurationError
        For a name that PyRadiomics does not know, a value that does not fit, or values that contradict each other.

    Examples
    --------
    >>> settings = ExtractionSettings({"binWidth": 10}, featureClass={"ngtdm": None})
    >>> settings.feature_names()[0]
    'original_ngtdm_Busyness'
    >>> len(ExtractionSettings().feature_names())
    93
    """

    setting: Mapping[str, Any] = field(default_factory=dict)
    imageType: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # noqa: N815  # PyRadiomics' own name
    featureClass: Mapping[str, Any] = field(default_factory=dict)  # noqa: N815  # the same
    bin_limits: tuple[int, int] | None = (8, 256)
    engine: str = ENGINES[0]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.extractor is not None:
            return
        setting = parameters.check_setting(self.setting, "setting")
        images = parameters.check_image_types(self.imageType or {"Original": {}}, "imageType")
        classes = parameters.check_feature_classes(
            self.featureClass or dict.fromkeys(parameters.CLASSES), "featureClass"
        )
        object.__setattr__(self, "setting", MappingProxyType(setting))
        frozen = {name: MappingProxyType(own) for name, own in images.items()}
        object.__setattr__(self, "imageType", MappingProxyType(frozen))
        object.__setattr__(self, "featureClass", MappingProxyType(classes))
        object.__setattr__(self, "bin_limits", parameters.check_bin_limits(self.bin_limits))
        self._check_together()

    @cached_property
    def extractor(self) -> Extractor | None:
        """What measures with features of its own; nothing where they are PyRadiomics'."""
        if self.engine in ENGINES:
            if self.options:
                raise ConfigurationError(f"options: are of other engines than '{self.engine}'; remove them")
            return None
        found = made(self.engine, parameters.as_mapping(self.options or {}, "options"))
        for name in SECTIONS:
            if getattr(self, name):
                raise ConfigurationError(f"{name}: is of PyRadiomics' features; '{self.engine}' has `options` instead")
            object.__setattr__(self, name, MappingProxyType({}))
        object.__setattr__(self, "options", MappingProxyType(dict(found.options)))
        object.__setattr__(self, "bin_limits", None)  # it has gray levels of its own
        return found.extractor

    @classmethod
    def from_mapping(cls, mapping: object, where: str, folder: Path) -> "ExtractionSettings":
        """Read the extraction settings of a study file.

        Parameters
        ----------
        mapping : object
            The sections `setting`, `imageType`, `featureClass`, `bin_limits` and `engine`, all optional, or
            `parameter_file` with the path of a PyRadiomics parameter file, which the other keys then override.
        where : str
            The place in the file, as the error message shall name it.
        folder : Path
            Where a relative path of the parameter file starts.

        Raises
        ------
        ConfigurationError
            As the class itself, and for a parameter file that cannot be read.
        """
        return cls().merged(mapping, where, folder)

    def merged(self, mapping: object, where: str, folder: Path) -> "ExtractionSettings":
        """Give these settings with some of them replaced, as a strategy does.

        Each setting is replaced by itself; image types, feature classes and limits as a whole; a `parameter_file`
        replaces everything but the limits and the engine. A new `binWidth` takes the place of a former `binCount`, and
        the other way round. Parameters and errors are those of `from_mapping`.
        """
        mapping = parameters.as_mapping(mapping, where)
        refuse_unknown(mapping, (*SECTIONS, "bin_limits", "engine", "options", "parameter_file"), where)
        merged = self.to_mapping()
        engine = mapping.get("engine", self.engine)
        if engine not in ENGINES:
            return self._of_another(engine, mapping, where)
        if self.extractor is not None:
            merged = ExtractionSettings().to_mapping()  # its settings are none of PyRadiomics'
        if mapping.get("parameter_file") is not None:
            file = _read(mapping["parameter_file"], f"{where}: parameter_file", folder)
            file |= {key: merged[key] for key in ("bin_limits", "engine")}
            merged = ExtractionSettings._built(file, f"{where}: parameter_file").to_mapping()
        own = {key: value for key, value in mapping.items() if key != "parameter_file"}
        if own.get("setting") is not None:
            own["setting"] = _override(merged["setting"], parameters.as_mapping(own["setting"], f"{where}: setting"))
        return ExtractionSettings._built(merged | own, where)

    def _of_another(self, engine: object, mapping: Mapping[str, Any], where: str) -> "ExtractionSettings":
        """Give the settings of an engine with features of its own; those of PyRadiomics mean nothing to it."""
        for key in ("bin_limits", "parameter_file"):
            if mapping.get(key) is not None:
                raise ConfigurationError(f"{where}: {key}: is of PyRadiomics' features, not of '{engine}'; remove it")
        own = {"options": self.options if engine == self.engine else {}}
        own |= {key: value for key, value in mapping.items() if key in (*SECTIONS, "options")}
        return ExtractionSettings._built({**own, "engine": engine}, where)

    @staticmethod
    def _built(mapping: Mapping[str, Any], where: str) -> "ExtractionSettings":
        try:
            return ExtractionSettings(**mapping)
        except ConfigurationError as error:
            raise ConfigurationError(f"{where}: {error}") from error

    def to_mapping(self) -> dict[str, Any]:
        """Give the settings as plain lists and mappings, for a file; `from_mapping` reads them back."""
        return {
            "setting": as_json(self.setting),
            "imageType": as_json(self.imageType),
            "featureClass": as_json(self.featureClass),
            "bin_limits": None if self.bin_limits is None else list(self.bin_limits),
            "engine": self.engine,
            **({"options": as_json(self.options)} if self.extractor else {}),
        }

    def of_pyradiomics(self) -> dict[str, Any]:
        """Give the sections of a PyRadiomics parameter file; what is ours alone is left out."""
        mapping = self.to_mapping()
        return {section: mapping[section] for section in SECTIONS}

    def digest(self) -> str:
        """Name the settings by the SHA-256 of their canonical JSON, with all defaults filled in."""
        content = self.to_mapping() | {"setting": {**parameters.DEFAULTS, **self.setting}}
        return digest_of(content)

    def for_image(self, image_type: str = "Original") -> dict[str, Any]:
        """Give all settings that hold for an image type: defaults, common settings, its own."""
        return {**parameters.DEFAULTS, **self.setting, **self.imageType.get(image_type, {})}

    def for_images(self) -> dict[str, dict[str, Any]]:
        """Give all settings that hold for each image type."""
        return {name: self.for_image(name) for name in self.imageType}

    def on(self, grid: Grid) -> "ExtractionSettings":
        """Give the settings for a scan, with its slice axis in place of `force2Ddimension: auto`.

        Raises
        ------
        ScanError
            If texture is wanted in 2D and the grid does not tell which axis the slices are counted along.

        Examples
        --------
        >>> coronal = Grid((256, 24, 256), (1.0, 5.0, 1.0))
        >>> ExtractionSettings({"force2D": True, "force2Ddimension": "auto"}).on(coronal).setting["force2Ddimension"]
        1
        """
        sections = [self.setting, *self.imageType.values()]
        if self.extractor or not any(section.get("force2Ddimension") == parameters.INFERRED for section in sections):
            return self
        flat = any(self.for_image(name)["force2D"] for name in ("", *self.imageType))
        axis = slice_axis(grid) if flat else parameters.DEFAULTS["force2Ddimension"]

        def told(section: Mapping[str, Any]) -> dict[str, Any]:
            return {key: axis if value == parameters.INFERRED else value for key, value in section.items()}

        images = {name: told(own) for name, own in self.imageType.items()}
        return replace(self, setting=told(self.setting), imageType=images)

    def shape_classes(self) -> dict[str, tuple[str, ...]]:
        """Give the classes that look at the mask alone, with their features."""
        return {name: features for name, features in self.featureClass.items() if name.startswith("shape")}

    def intensity_classes(self) -> dict[str, tuple[str, ...]]:
        """Give the classes that look at intensities, with their features."""
        return {name: features for name, features in self.featureClass.items() if not name.startswith("shape")}

    def feature_names(self) -> list[str]:
        """Name the features in the order in which they are computed, as `<image type>_<class>_<feature>`."""
        images = image_names(self.for_images()) if self.intensity_classes() else []
        groups = [("original", self.shape_classes()), *((name, self.intensity_classes()) for name in images)]
        return [
            f"{image}_{feature_class}_{feature}"
            for image, classes in groups
            for feature_class, features in classes.items()
            for feature in features
        ]

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from plain mappings, as read-only views of mappings cannot be pickled."""
        return ExtractionSettings._built, (self.to_mapping(), "extraction settings")

    def _check_together(self) -> None:
        setting = self.for_image("")
        count_of_any = any(self.for_image(name)["binCount"] is not None for name in ("", *self.imageType))
        for where, given in {
            "setting": self.setting,
            **{f"imageType: {k}": v for k, v in self.imageType.items()},
        }.items():
            count = given.get("binCount", setting["binCount"])
            if given.get("binWidth") is not None and count is not None:
                raise ConfigurationError(
                    f"{where}: both binWidth {given['binWidth']:g} and binCount {count}; keep one and set the other "
                    "to null"
                )
        if setting["binLowerBound"] is not None and (count_of_any or self.imageType.keys() != {"Original"}):
            raise ConfigurationError(
                "setting: binLowerBound counts bins of a fixed width from an intensity of the original image; remove "
                "binCount, and put other image types into a strategy of their own"
            )
        if setting["resegmentSigma"] is not None and (
            setting["resegmentRange"] is not None and setting["resegmentMode"] == "sigma"
        ):
            raise ConfigurationError(
                "setting: resegmentSigma and a resegmentRange in standard deviations; keep one, or set resegmentMode "
                "to absolute or relative"
            )
        if "LoG" in self.imageType and "sigma" not in self.for_image("LoG"):
            raise ConfigurationError("imageType: LoG: 'sigma' is missing; add a list of widths in mm, such as [1, 3]")
        if setting["resampledPixelSpacing"] is not None and setting["interpolator"] is None:
            raise ConfigurationError(
                "setting: resampledPixelSpacing without an interpolator changes nothing; remove 'interpolator: null'"
            )
        if "shape2D" in self.featureClass and not setting["force2D"]:
            raise ConfigurationError("featureClass: shape2D needs the setting 'force2D: true'")
        resegments = setting["resegmentRange"] is not None or setting["resegmentSigma"] is not None
        if self.shape_classes() and resegments and not setting["resegmentShape"]:
            raise ConfigurationError(
                "setting: with resegmentRange or resegmentSigma, PyRadiomics cuts the ROI for shape to the box of the "
                "voxels that are left; "
                "set 'resegmentShape: true' for the shape of these voxels, or ask for shape in a strategy of its own"
            )
        count = self.for_image()["binCount"]
        if self.bin_limits and count is not None and not self.bin_limits[0] <= count <= self.bin_limits[1]:
            raise ConfigurationError(
                f"setting: binCount {count} lies outside bin_limits {list(self.bin_limits)}; change one of them"
            )


def _override(former: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(former)
    for new, replaced in (("binWidth", "binCount"), ("binCount", "binWidth")):
        if given.get(new) is not None and replaced not in given:
            kept.pop(replaced, None)
    return {**kept, **given}


def _read(path: object, where: str, folder: Path) -> dict[str, Any]:
    if not isinstance(path, str):
        raise ConfigurationError(f"{where}: expected the path of a PyRadiomics parameter file, found {path!r}")
    file = path_within(path, folder, where)
    try:
        content: Mapping[str, Any] = read_yaml(file)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error
    if content.get("voxelSetting"):
        raise ConfigurationError(
            f"{where}: '{file}' has a section voxelSetting, but features here are of whole ROIs; remove it"
        )
    refuse_unknown(content, (*SECTIONS, "voxelSetting"), f"{where}: '{file}'")
    sections = {key: content[key] for key in SECTIONS if content.get(key) is not None}
    if "setting" in sections:
        given = parameters.as_mapping(sections["setting"], f"{where}: '{file}': setting")
        sections["setting"] = {key: value for key, value in given.items() if key not in parameters.WITHOUT_EFFECT}
    return sections
