"""The files of a choice of robust features: a whitelist to apply, to read, or for PyRadiomics."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from experiments.analyses.select.run import SelectionFound
from experiments.folder.writing import write_csv, write_text
from harmonize.inputs.paths import as_path
from selection import parameter_files, to_frame


def write_whitelist(out: str | Path | Sequence[str | Path], found: SelectionFound) -> list[Path]:
    """Write a whitelist as the name of its file says, and give the files: PyRadiomics may need several.

    Parameters
    ----------
    out : str or Path, or list of these
        Of several none is written where one is refused.
    found : SelectionFound

    Raises
    ------
    ConfigurationError
        Where the list cannot be said in parameters of PyRadiomics.
    """
    outs = out if isinstance(out, list | tuple) else [out]
    made = [one for name in outs for one in _files(as_path(name, "`out`"), found)]
    for path, write in made:
        write(path)
    return [path for path, _ in made]


def _files(out: Path, found: SelectionFound) -> list[tuple[Path, Callable[[Path], None]]]:
    """Give the files of one name, and what writes each."""
    kind = out.suffix.lower()
    if kind == ".json":
        return [(out, partial(write_text, text=found.whitelist.to_json()))]
    if kind == ".csv":
        return [(out, partial(write_csv, table=to_frame(found.whitelist)))]
    files = parameter_files(found.whitelist, found.slice_axis)
    names = [out, *(out.with_name(f"{out.stem}_{number}{out.suffix}") for number in range(2, len(files) + 1))]
    return [(name, partial(write_text, text=file.text)) for name, file in zip(names, files, strict=True)]
