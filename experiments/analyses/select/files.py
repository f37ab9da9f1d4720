"""The files of a choice of robust features: a whitelist to apply, to read, or for PyRadiomics."""

from pathlib import Path

from experiments.analyses.select.run import SelectionFound
from experiments.folder.writing import write_csv, write_text
from harmonize.inputs.paths import as_path
from selection import parameter_files, to_frame


def write_whitelist(out: str | Path, found: SelectionFound) -> list[Path]:
    """Write a whitelist as the name of its file says, and give the files: PyRadiomics may need several."""
    out = as_path(out, "`out`")
    kind = out.suffix.lower()
    if kind == ".json":
        write_text(out, found.whitelist.to_json())
    elif kind == ".csv":
        write_csv(out, to_frame(found.whitelist))
    else:
        files = parameter_files(found.whitelist, found.slice_axis)
        names = [out, *(out.with_name(f"{out.stem}_{number}{out.suffix}") for number in range(2, len(files) + 1))]
        for name, file in zip(names, files, strict=True):
            write_text(name, file.text)
        return names
    return [out]
