"""How the features of a table were extracted, as PyRadiomics itself says in its columns of diagnostics."""

import ast
from pathlib import Path
from typing import Any

from evaluation.extraction import ExtractionSettings
from evaluation.extraction.parameters import WITHOUT_EFFECT
from evaluation.reading import TableFile, TableSource
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError
from selection import Cohort

SETTINGS, IMAGE_TYPES = "diagnostics_Configuration_Settings", "diagnostics_Configuration_EnabledImageTypes"
LONGEST = 20_000


def extracted_with(table: TableSource | TableFile) -> Cohort | None:
    """Give the settings that PyRadiomics wrote beside its features; None where a table has none.

    Raises
    ------
    ConfigurationError
        If they cannot be read, or rows were made with different ones.
    """
    file = TableFile.of(table)
    where = str(file.path)
    if SETTINGS not in file.header:
        return None
    given: dict[str, Any] = {}
    for key, column in (("setting", SETTINGS), ("imageType", IMAGE_TYPES)):
        if column in file.header:
            texts = file.read([column])[column].unique()
            if len(texts) != 1:
                raise ConfigurationError(
                    f"{where}: '{column}' has {len(texts)} different values, so that rows were extracted in different "
                    "ways; keep rows of one, or name the settings with `settings`"
                )
            given[key] = _mapping(str(texts[0]), f"{where}: '{column}'")
    setting = {key: value for key, value in given.pop("setting").items() if key not in WITHOUT_EFFECT}
    extraction = ExtractionSettings.from_mapping({"setting": setting, **given}, where, Path())
    settings = {"extraction": extraction.of_pyradiomics()}
    return Cohort(where, settings, digest_of(settings))


def _mapping(text: str, where: str) -> dict[str, Any]:
    """Read a mapping as Python writes one; nothing is evaluated but plain values."""
    try:
        values = ast.literal_eval(text) if len(text) <= LONGEST else None
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        values = None
    if not isinstance(values, dict):
        raise ConfigurationError(f"{where}: is not as PyRadiomics writes it: {text[:60]!r}; name it with `settings`")
    return values
