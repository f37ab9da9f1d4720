"""The files of an applied whitelist: the table as it came, with fewer features."""

from pathlib import Path

import pandas as pd

from evaluation.tables import FEATURE_KEYS
from experiments.analyses.apply.run import ApplicationFound
from experiments.analyses.shared.table_files import with_types, write_table
from experiments.folder.file_names import unique_names
from harmonize.inputs.paths import as_path
from selection.transfer import Applied


def write_applied(out: str | Path, found: ApplicationFound) -> dict[Path, Applied]:
    """Write each part, and give the parts by their files; those of a sequence and ROI are named after them."""
    out = as_path(out, "`out`")
    words, written = unique_names(found.parts), {}
    for names, part in found.parts.items():
        path = out.with_name(f"{out.stem}_{words[names]}{out.suffix}") if names else out
        write_table(path, _as_it_came(part.table.rename(columns=found.columns), found, path.suffix.lower() == ".csv"))
        written[path] = part
    return written


def _as_it_came(table: pd.DataFrame, found: ApplicationFound, csv: bool) -> pd.DataFrame:
    """Put every column that is no feature back, letter by letter; Parquet has types, where nothing is lost by them."""
    original = found.original
    came = {name: original.loc[table.index, name] for name in table.columns if name in original}
    written = table.assign(**came).reset_index(drop=True)
    if csv:
        return written
    plain = [name for name in written if name in original and name not in (*FEATURE_KEYS, *found.columns.values())]
    return written.assign(**{name: with_types(written[name]) for name in plain})
