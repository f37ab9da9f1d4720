"""What the report says of harmonized strategies, and only where there are some."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects import (
    agreement_table,
    compare_with_chance,
    harmonization_diagnostics,
    harmonize_values,
    summarize_agreement,
)
from evaluation.reliability.summary import reproducible
from evaluation.tables import feature_columns
from experiments.folder.files import BATCH_EFFECTS, FEATURES, HARMONIZATION_SUMMARY, REPORT, RUN
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_csv, write_json
from experiments.page import Context
from experiments.report import write_report
from experiments.report.sections.harmonization import loss, summarize
from harmonize import BatchZScore, ComBat
from harmonize.errors import ConfigurationError

HARMONIZER: dict[str, Any] = {"combat": {"reference": "REF+STD"}, "batch": "condition", "by": ["sequence", "roi"]}


def robust(table: pd.DataFrame) -> pd.DataFrame:
    return reproducible(table).rename(columns={"reproducible": "passes"})


@pytest.fixture(scope="module")
def harmonized(
    run_writer: Callable[..., Path], reseal: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A finished run in which the second strategy has a harmonizer; its values are not harmonized themselves."""
    folder = run_writer(tmp_path_factory.mktemp("harmonized") / "run")
    features = pd.read_parquet(folder / FEATURES)
    name = features["strategy"].unique()[1]
    table = features[features["strategy"] == name].reset_index(drop=True)
    values = harmonize_values(table, ComBat("condition", reference="REF+STD"), feature_columns(table))
    summary = compare_with_chance(summarize_agreement(agreement_table(table, values, "REF+STD"), robust), [])
    summary.insert(0, "strategy", name)
    write_csv(folder / HARMONIZATION_SUMMARY, summary)
    diagnosis = harmonization_diagnostics(table, values, "condition", reference="REF+STD")
    assert diagnosis is not None
    write_json(folder / BATCH_EFFECTS, {name: diagnosis.to_mapping()})
    run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    run["strategies"][1]["harmonizer"] = HARMONIZER
    run["files"] |= dict.fromkeys((HARMONIZATION_SUMMARY, BATCH_EFFECTS), "")
    (folder / RUN).write_text(json.dumps(run))
    reseal(folder)
    write_report(folder)
    return folder


def test_the_section_stands_only_where_a_strategy_has_a_harmonizer(
    harmonized: Path, run_writer: Callable[..., Path], tmp_path: Path
) -> None:
    page = (harmonized / REPORT).read_text(encoding="utf-8")
    assert 'id="harmonization"' in page
    assert 'href="#harmonization"' in page
    plain = run_writer(tmp_path / "run")
    write_report(plain)
    assert "#harmonization" not in (plain / REPORT).read_text(encoding="utf-8")
    assert 'id="harmonization"' not in (plain / REPORT).read_text(encoding="utf-8")


def test_it_holds_the_numbers_and_the_pictures(harmonized: Path) -> None:
    page = (harmonized / REPORT).read_text(encoding="utf-8")
    found = RunFolder.open(harmonized)[HARMONIZATION_SUMMARY].set_index("measure")
    row = found.loc["icc_median"]
    assert f'<td class="n">{row["raw"]:.3f}</td><td class="n">{row["held_out"]:.3f}</td>' in page
    assert "ComBat of the batches in condition, onto REF+STD, fitted by sequence and roi" in page
    assert "fewer than 20 rows" in page
    for name in ("effects", "priors", "rows"):
        picture = (harmonized / "figures" / f"harmonization-0-{name}.svg").read_text(encoding="utf-8")
        assert picture.startswith("<svg")
    assert '<th scope="colgroup" colspan="3" class="n">By chance</th>' in page
    assert "Difference of means between each batch and the reference" in page
    share = found.loc["robust_share"]
    assert np.isfinite(share[["raw", "held_out", "in_sample"]].astype(float)).all()
    assert "On subjects that the model had not seen" in page


class Unsealed(RunFolder):
    """A folder whose files need not be those of the run."""

    def __getitem__(self, file: Any) -> Any:
        return file.read(self.folder)

    def get(self, file: Any) -> Any:
        return self[file] if (self.folder / file).is_file() else None


def test_a_damaged_file_is_named(harmonized: Path, tmp_path: Path, golden) -> None:
    run = Unsealed(tmp_path, RunFolder.open(harmonized).record)
    for name, text in (
        (BATCH_EFFECTS, "{"),
        (BATCH_EFFECTS, '{"a": {}}'),
        (HARMONIZATION_SUMMARY, "strategy,measure\n"),
        (HARMONIZATION_SUMMARY, ""),
    ):
        for kept in (BATCH_EFFECTS, HARMONIZATION_SUMMARY):
            (tmp_path / kept).write_bytes((harmonized / kept).read_bytes())
        (tmp_path / name).write_text(text)
        with golden.error(ConfigurationError):
            summarize(Context(run, {}))
    (tmp_path / HARMONIZATION_SUMMARY).unlink()
    assert summarize(Context(run, {})) is None


def test_without_a_reference_the_text_speaks_of_the_mean_and_of_the_mirror_image(
    harmonized: Path, reseal: Callable[..., None], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(harmonized, folder)
    name = next(iter(json.loads((folder / BATCH_EFFECTS).read_text(encoding="utf-8"))))
    table = pd.read_parquet(folder / FEATURES)
    table = table[(table["strategy"] == name) & table["condition"].isin(["REF+STD", "ACC+STD"])].reset_index(drop=True)
    values = harmonize_values(table, BatchZScore("condition"), feature_columns(table))
    diagnosis = harmonization_diagnostics(table, values, "condition")
    assert diagnosis is not None
    write_json(folder / BATCH_EFFECTS, {name: diagnosis.to_mapping()})
    reseal(folder)
    write_report(folder)
    page = (folder / REPORT).read_text(encoding="utf-8")
    assert "each batch and the mean of all rows (one of the two; the other is its mirror image)" in page
    assert "between each batch and the reference" not in page.partition('id="harmonization"')[2]


@pytest.mark.parametrize(
    ("held", "p_loss", "permutations", "words"),
    [
        (0.40, np.nan, 20, ""),
        (0.30, 13 / 21, 20, "This is the price of learning from 7 subjects, and no sign of harm."),
        (0.20, 2 / 21, 20, "This is the price of learning from 7 subjects, and no sign of harm."),
        (0.10, 1 / 21, 20, "nothing to harmonize, and a sign of harm."),
        (0.10, 1 / 6, 5, "so few permutations cannot tell harm from the price of few subjects."),
        (0.30, np.nan, 0, "without permutations it is not known whether this is harm or the price of few subjects."),
    ],
)
def test_a_loss_by_few_subjects_is_told_from_harm(held: float, p_loss: float, permutations: int, words: str) -> None:
    """Held out, every harmonizer loses a little of few subjects; it read as if harmonizing did harm.

    A loss above the median of the permutations was called harm, which half of all losses by chance are.
    """
    null = 0.15 if permutations else np.nan
    row = {"measure": "robust_share", "raw": 0.4, "held_out": held, "null_raw": 0.3, "null_held_out": null}
    told = loss("combat", pd.DataFrame([{**row, "p_loss": p_loss, "n_permutations": permutations}]), 7)
    assert told.endswith(words)
    assert bool(told) == bool(words)
    if permutations and words:
        assert "(held out; 40.0\u00a0% to" in told
        assert "with conditions permuted it goes from 30.0\u00a0% to 15.0\u00a0%" in told
        assert f"(p = {p_loss:.3f} of a loss as large, {permutations} permutations)" in told


def test_what_is_lost_is_told_by_the_rule_without_facets() -> None:
    row = {"measure": "robust_share", "raw": 0.5, "held_out": 0.4, "null_raw": 0.5, "null_held_out": 0.3, "p_loss": 1.0}
    told = loss("combat", pd.DataFrame([{**row, "n_permutations": 5}]), 7, "ICC > 0.60")
    assert "robust combinations (by ICC > 0.60 alone, without facets) by harmonization" in told
