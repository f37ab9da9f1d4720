"""What harmonizing one strategy gave, and its place in the store of finished results."""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.batch_effects import BatchEffects, HarmonizedValues
from experiments.folder.failures import Failure
from experiments.folder.files import HARMONIZATION_SUMMARY
from experiments.running.store.entry import Made
from experiments.running.store.finished import HARMONIZATION, Store
from experiments.study.harmonizer import Harmonizer
from experiments.study.study import Study
from experiments.versions import all_versions
from harmonize.combat import GroupedHarmonizer
from harmonize.digest import digest_of
from harmonize.inputs.documents import as_json

NUMBERS, CODES = "<f8", "<i4"
"""Values are stored bit by bit: most of what is stored are numbers of 17 digits."""
MOST_VALUES = 4_000_000
"""Harmonized values that one entry holds, 43 MB: one larger than 100 MB would not be read."""


@dataclass(frozen=True)
class HarmonizedStrategy:
    """What harmonizing one strategy gave.

    Parameters
    ----------
    held_out : DataFrame
        Values of models that did not see the subject, NaN where a group could not be harmonized.
    failures : tuple of Failure
        Why not.
    agreement, summary : DataFrame
        See `Harmonization`; empty where no group could be harmonized.
    model : GroupedHarmonizer or None
        Of all subjects, if it can be saved.
    diagnosis : BatchEffects or None
        Where a group could be harmonized.
    """

    held_out: pd.DataFrame
    failures: tuple[Failure, ...]
    agreement: pd.DataFrame
    summary: pd.DataFrame
    model: GroupedHarmonizer | None
    diagnosis: BatchEffects | None


def strategy_key(study: Study, harmonizer: Harmonizer, strategy: str, table: pd.DataFrame) -> str:
    """Give the digest of all that determines what harmonizing a strategy gives."""
    content = hashlib.sha256()
    for name in table.columns:
        column = table[name]
        numbers = column.dtype == np.float64
        content.update(f"{name}\0{column.dtype}\0".encode())
        content.update(column.to_numpy().tobytes() if numbers else "\0".join(map(str, column)).encode())
    settings = [harmonizer.to_mapping(), harmonizer.permutations, study.thresholds.to_mapping()]
    columns = list(HARMONIZATION_SUMMARY.numbers)  # what an earlier version left may lack some
    return digest_of(
        [content.hexdigest(), settings, study.reference, list(study.factors), strategy, columns, all_versions()]
    )


def stored(store: Store, key: str, n_rows: int) -> HarmonizedStrategy | None:
    """Give what an earlier run left of a strategy of so many rows; nothing if it is absent or damaged."""

    def parse(content: Any) -> HarmonizedStrategy:
        diagnosis, model = content["diagnosis"], content["model"]
        parts = [_frame(content["held_out"])]
        while (rest := n_rows - sum(map(len, parts))) > 0:
            part = store.get(HARMONIZATION, _key_of_part(key, len(parts)), _frame)
            if part is None or part.empty:
                raise ValueError(f"{rest} rows are absent")
            parts.append(part)
        found = HarmonizedStrategy(
            held_out=parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True),
            failures=tuple(Failure(**one) for one in content["failures"]),
            agreement=_frame(content["agreement"]),
            summary=_frame(content["summary"]),
            model=None if model is None else GroupedHarmonizer.from_document(model, "the stored harmonizer"),
            diagnosis=None if diagnosis is None else BatchEffects.from_mapping(diagnosis, "the stored diagnosis"),
        )
        if len(found.held_out) != n_rows:
            raise ValueError("not the rows of this strategy")
        return found

    return store.get(HARMONIZATION, key, parse)


def keep(store: Store, key: str, strategy: str, found: HarmonizedStrategy) -> None:
    """Store what was found; on a disk that is full it is not there for the next run, which is no harm to this one."""
    step = max(1, MOST_VALUES // max(found.held_out.shape[1], 1))
    first, *others = (found.held_out[start : start + step] for start in range(0, max(len(found.held_out), 1), step))
    content = {
        "held_out": _plain(first),
        "failures": [asdict(one) for one in found.failures],
        "agreement": _plain(found.agreement),
        "summary": _plain(found.summary),
        "model": None if found.model is None else found.model.to_document(),
        "diagnosis": None if found.diagnosis is None else as_json(found.diagnosis.to_mapping()),
    }
    with suppress(OSError):
        for number, part in enumerate(others, 1):
            store.put(HARMONIZATION, _key_of_part(key, number), _plain(part), Made(strategy))
        store.put(HARMONIZATION, key, content, Made(strategy))


def _key_of_part(key: str, number: int) -> str:
    """Give the key of rows that the entry itself has no room for."""
    return digest_of([key, number])


def taken(values: HarmonizedValues) -> GroupedHarmonizer | None:
    """Give the models of all subjects, if they can be saved."""
    return values.fitted if values.fitted is not None and values.fitted.saved else None


def _plain(table: pd.DataFrame) -> dict[str, Any]:
    """Give a table as plain values, its columns of numbers as they are in memory and texts by number."""
    columns: list[Any] = []
    together = bool(len(table.columns)) and bool((table.dtypes == np.float64).all())
    if together:  # a file with ten times as many names as columns would take long to read
        columns = [["numbers", list(map(str, table.columns)), _text(table.to_numpy(), NUMBERS)]]
    else:
        for name in table.columns:
            column = table[name]
            if column.dtype == np.float64:
                columns.append(["numbers", [str(name)], _text(column.to_numpy(), NUMBERS)])
            elif column.dtype == np.int64:
                columns.append(["counts", [str(name)], _text(column.to_numpy(), "<i8")])
            else:
                codes, labels = pd.factorize(column)
                columns.append(["texts", [str(name)], [list(map(str, labels)), _text(codes, CODES)]])
    return {"rows": len(table), "columns": columns}


def _frame(values: Mapping[str, Any]) -> pd.DataFrame:
    """Read what `_plain` gave."""
    rows, columns = values["rows"], {}
    for kind, names, content in values["columns"]:
        if kind == "texts":
            labels, codes = np.array(content[0], dtype=object), _array(content[1], CODES)
            if codes.min(initial=0) < 0:
                raise ValueError("not the number of a text")
            found: NDArray[Any] = labels[codes][:, None]
        else:
            found = _array(content, NUMBERS if kind == "numbers" else "<i8").reshape(rows, len(names))
        if len(found) != rows:
            raise ValueError("not so many rows")
        if len(values["columns"]) == 1 and kind == "numbers":
            return pd.DataFrame(found, columns=names)
        columns[names[0]] = found[:, 0]
    return pd.DataFrame(columns)


def _text(values: NDArray[Any], kind: str) -> str:
    return b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")


def _array(text: str, kind: str) -> NDArray[Any]:
    return np.frombuffer(bytearray(b64decode(text, validate=True)), dtype=kind)
