"""Study files to start from: one folder a preset, with a commented study.yaml and the tables it names."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from experiments.folder.writing import write_text
from experiments.study import schema
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest

STUDY = "study.yaml"
SCHEMA = "study.schema.json"
"""Beside a study file, whose first line names it for editors."""


def presets() -> dict[str, str]:
    """Give the name of every preset with the name of its study.

    Examples
    --------
    >>> presets()["test-retest"]
    'Test-retest'
    """
    folders = sorted((folder for folder in files(__name__).iterdir() if _is_preset(folder)), key=lambda f: f.name)
    return {folder.name: yaml.safe_load((folder / STUDY).read_text(encoding="utf-8"))["name"] for folder in folders}


def write_preset(name: str, folder: Path) -> list[Path]:
    """Write the files of a preset into a folder, made if absent; files that are there stay.

    Parameters
    ----------
    name : str
        Of the preset.
    folder : Path
        Where to.

    Returns
    -------
    list of Path
        What was written, the study file first, the JSON schema by which an editor checks it last.

    Raises
    ------
    ConfigurationError
        For an unknown name (with the nearest right one), or if one of the files exists; nothing is written then.
    """
    texts = preset_texts(name)
    targets = [folder / name for name in texts]
    there = [str(target) for target in targets if target.exists() or target.is_symlink()]
    if there:
        raise ConfigurationError(f"{', '.join(there)}: exists already and is left as it is; name another folder")
    for name, text in texts.items():
        write_text(folder / name, text)
    return targets


def preset_texts(name: str) -> dict[str, str]:
    """Give what the files of a preset hold by their names, the study file first, the JSON schema last.

    Raises
    ------
    ConfigurationError
        For an unknown name, with the nearest right one.
    """
    known = presets()
    if name not in known:
        raise ConfigurationError(f"there is no preset '{name}'; {suggest(name, known)}")
    sources = sorted((files(__name__) / name).iterdir(), key=lambda file: (file.name != STUDY, file.name))
    return {**{source.name: source.read_text(encoding="utf-8") for source in sources}, SCHEMA: schema.text()}


def _is_preset(folder: Traversable) -> bool:
    return folder.is_dir() and (folder / STUDY).is_file()
