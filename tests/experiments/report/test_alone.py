"""The page that `radharmony reliability --facet` leaves."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from evaluation.generalizability.verdicts import facet_verdicts
from experiments.analyses.reliability.command import reliability
from experiments.report.alone import write_facets_page
from harmonize.errors import ConfigurationError


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    cells = [(f"S{s}", r, c) for s in range(10) for r in ("<b>anna</b>", "ben") for c in "xy"]
    table = pd.DataFrame(cells, columns=["subject", "reader", "scan"])
    table["original_glcm_Id"] = np.repeat(rng.normal(5, 2, 10), 4) + rng.normal(size=40)
    table.to_csv(tmp_path / "table.csv", index=False)
    options = ("--facet", "reader", "--facet", "scan", "--threshold", "icc[reader]=0.5", "--out", tmp_path / "out")
    result = CliRunner().invoke(reliability, [str(one) for one in (tmp_path / "table.csv", *options)])
    assert result.exit_code == 0, result.output
    return tmp_path / "out"


def test_the_command_leaves_a_page_figures_and_verdicts(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Robust to what" in page
    assert "ICC[reader] &gt; 0.50 and ICC[scan] &gt; 0.90" in page
    assert "<b>anna" not in page
    assert page.count("<svg") == 5
    assert "http:" not in page.replace("http://www.w3.org", "")
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert {"sources.png", "agreement_reader.svg", "agreement_scan.svg", "decision_study_scan.png"} <= figures
    verdicts = pd.read_csv(folder / "robust_to.csv")
    assert verdicts.set_index("facet")["threshold"].to_dict() == {"reader": 0.5, "scan": 0.9}
    coefficients = pd.read_parquet(folder / "coefficients.parquet")
    again = facet_verdicts(coefficients, {"reader": 0.5})["verdict"].tolist()
    assert verdicts["verdict"].tolist() == again


def test_it_is_written_again_from_its_tables_alone_and_refuses_what_is_missing(folder, golden):
    first = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    assert write_facets_page(folder).read_bytes() == first
    (folder / "robust_to.csv").unlink()
    with golden.error(ConfigurationError, varies=r"^.*(?=robust_to)"):
        write_facets_page(folder)
