"""How the features of a cohort were made, as far as its files tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation.extraction import ExtractionSettings
from evaluation.tables import UNPERTURBED
from harmonize.digest import digest_of, unsealed
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.documents import read_json
from harmonize.inputs.paths import as_path
from selection.whitelist import PERTURBATIONS, SCHEMA, Whitelist

_NOT_OF_A_WHITELIST = ("source", "slice_axis", "learned_digest")
_OF_A_RECORD = ("name", "description", "digest", "learned")


@dataclass(frozen=True)
class Cohort:
    """How the features of a table were made.

    Parameters
    ----------
    source : str
        The file that says so, for messages.
    settings : mapping
        `steps` before extraction (absent if not known), `extraction`, and whatever else changes a value, such as a
        harmonizer.
    settings_digest, data_digest : str
        SHA-256 of the settings, and of the images and masks; empty if not known.
    versions : mapping of str to str
        Of the software; empty if not known.
    study, reference : str
        Name of the study and its reference condition.
    conditions : tuple of str
        All conditions.
    slice_axis : int or None
        The axis of the array (z, y, x) that the slices of all scans are counted along; None if they differ, or it is
        not known.
    learned : mapping
        What a whitelist of these features hands on (`Whitelist.learned`).
    learned_digest : str
        SHA-256 of what steps and harmonizer have learned, where that was taken over from another study.
    """

    source: str
    settings: Mapping[str, Any]
    settings_digest: str = ""
    data_digest: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    study: str = ""
    reference: str = ""
    conditions: tuple[str, ...] = ()
    slice_axis: int | None = None
    learned: Mapping[str, Any] = field(default_factory=dict)
    learned_digest: str = ""

    @classmethod
    def read(cls, path: str | Path, strategy: str | None = None) -> "Cohort":
        """Read `run.json` of a run, a whitelist, or a parameter file of PyRadiomics.

        Of a run only its record is read, wherever it lies, and refused if it was changed; its other files are for
        `experiments.folder.run_folder.RunFolder`, a floor above.

        Parameters
        ----------
        path : str or Path
            A file ending in `.json`, `.yaml` or `.yml`.
        strategy : str or None
            Which strategy of a run; may be left out if there is one only.

        Raises
        ------
        ConfigurationError
            If the file is none of these, cannot be read, or has no such strategy.
        """
        path = as_path(path, "settings")
        if path.suffix.lower() in (".yaml", ".yml"):
            file = path.resolve()  # a link that the user names may lead anywhere
            given = {"parameter_file": file.name}
            extraction = ExtractionSettings.from_mapping(given, str(path), file.parent)
            settings = {"extraction": extraction.of_pyradiomics()}
            return cls(str(path), settings, digest_of(settings))
        content = _json(path)
        if content.get("schema") == SCHEMA:
            whitelist = Whitelist.read(path)
            kept = (
                *("settings", "settings_digest", "data_digest", "versions", "study", "reference", "conditions"),
                *("learned", "learned_digest"),
            )
            return cls(str(path), **{name: getattr(whitelist, name) for name in kept})
        if not isinstance(content.get("strategies"), list):
            raise ConfigurationError(
                f"{path}: expected run.json of a run, a whitelist, or a PyRadiomics parameter file (.yaml)"
            )
        content = unsealed(content, str(path))
        record = _strategy(content["strategies"], strategy, path)
        settings = {key: value for key, value in record.items() if key not in _OF_A_RECORD}
        if content.get("reference") == UNPERTURBED and PERTURBATIONS in content:
            settings[PERTURBATIONS] = content[PERTURBATIONS]
        return cls(
            str(path),
            settings,
            str(record.get("digest", "")),
            str(content.get("data_digest", "")),
            dict(content.get("versions") or {}),
            str(content.get("name", "")),
            str(content.get("reference", "")),
            tuple(content.get("conditions") or ()),
            content.get("slice_axis"),
            learned_digest=str(record.get("learned", "")),
        )

    def provenance(self) -> dict[str, Any]:
        """Give what a whitelist says of its origin, as parameters of `Thresholds.whitelist`."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in _NOT_OF_A_WHITELIST}


def _json(path: Path) -> dict[str, Any]:
    content = read_json(path)
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: expected an object, found {type(content).__name__}")
    return content


def _strategy(records: list[Any], wanted: str | None, path: Path) -> dict[str, Any]:
    by_name = {str(record.get("name")): record for record in records if isinstance(record, dict)}
    if wanted is None and len(by_name) != 1:
        raise ConfigurationError(f"{path}: holds the strategies {', '.join(by_name)}; name one with `strategy`")
    name = wanted if wanted is not None else next(iter(by_name))
    refuse_unknown([name], by_name, f"{path}", "there is no strategy")
    return by_name[name]
