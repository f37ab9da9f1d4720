"""The files of a trade-off between robustness and diagnosis."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.analyses.shared.left_out import reasons_of
from experiments.analyses.shared.table_files import describe_file
from experiments.folder.files import TRADEOFF
from experiments.folder.writing import write_bytes, write_csv, write_json, write_parquet
from experiments.results.reading import read_numbers, read_record
from experiments.versions import all_versions
from harmonize.digest import digest_of

if TYPE_CHECKING:
    from experiments.analyses.tradeoff.run import TradeoffFound

TABLE, RECORD, PREDICTIONS, FREQUENCIES = "tradeoff.csv", "tradeoff.json", "predictions.parquet", "features.csv"
PICTURES = ("tradeoff.svg", "tradeoff.png")
OF_COHORT = ("target", "subject", "condition", "unit", "where")
TEXTS = ("name", "auc_status", "prediction_icc_status", "stability_status", "pareto")
KINDS = {
    **dict.fromkeys(("cohort", "reliability", "settings", "versions"), dict),
    **dict.fromkeys(("classes", "notes"), list),
    **dict.fromkeys(("rule", "finished"), str),
}
"""What the record holds."""
ADVICE = "run `radharmony tradeoff` again, or remove the folder"
"""What helps where it is damaged."""


@dataclass(frozen=True)
class TradeoffFiles:
    """What `write_tradeoff` left, as far as a report needs it.

    Attributes
    ----------
    table : DataFrame
        The table of the trade-off.
    record : mapping
        The content of tradeoff.json.
    """

    table: pd.DataFrame
    record: Mapping[str, Any]


def write_tradeoff(folder: Path, given: "TradeoffFound") -> list[Path]:
    """Write table, record, predictions, frequencies and pictures, and give their paths."""
    from evaluation.figures import to_bytes, tradeoff_curve

    found, asked = given.result, given.given.settings
    settings = found.sweep.to_mapping()
    record = {
        "cohort": {
            **describe_file(given.given.path),
            **{name: asked.record()[name] for name in OF_COHORT},
            "left_out": reasons_of(given.given.rows.left_out),
            **{name: getattr(found, name) for name in ("n_rows", "n_subjects", "n_features")},
            "conditions": list(found.conditions),
        },
        "reliability": {"source": found.source, **given.given.source},
        "classes": list(map(str, found.classes)),
        "rule": found.sweep.describe(),
        "settings": settings,
        "settings_digest": digest_of(settings),
        "notes": list(found.notes),
        "versions": all_versions(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_csv(folder / TABLE, found.table)
    write_parquet(folder / PREDICTIONS, found.predictions)
    write_csv(folder / FREQUENCIES, found.frequencies.rename_axis("feature").reset_index())
    title = f"Robustness against diagnosis: {asked.target}, {found.n_subjects} subjects, {found.sweep.model}"
    figure = tradeoff_curve(found.table, found.sweep.describe(), title, found.sweep.level)
    for name in PICTURES:
        write_bytes(folder / name, to_bytes(figure, name.rpartition(".")[2]))
    write_json(folder / RECORD, record)
    return [folder / name for name in (TABLE, *PICTURES, PREDICTIONS, FREQUENCIES, RECORD)]


def read_tradeoff(folder: Path) -> TradeoffFiles | None:
    """Read the trade-off in a run folder; None where there is none.

    Raises
    ------
    ConfigurationError
        For a file that is missing beside the other, or damaged.
    """
    place = folder / TRADEOFF
    if not (place / RECORD).is_file():
        return None
    record = read_record(place / RECORD, KINDS, ADVICE)
    table = read_numbers(place / TABLE, TEXTS, ADVICE)
    return TradeoffFiles(table.assign(pareto=table["pareto"] == "True"), record)
