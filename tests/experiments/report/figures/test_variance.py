import re

from experiments.report.contents.panels import DamagePanel, VarianceRow
from experiments.report.contents.quantities import Table
from experiments.report.figures.variance import COLORS, variance, variance_key

SOURCES = ("acquisition", "reconstruction", "interaction", "residual", "subjects")


def test_every_row_has_its_name_and_the_part_of_the_conditions() -> None:
    rows = (
        VarianceRow("all", "", (0.1, 0.05, 0.0, 0.25, 0.6)),
        VarianceRow("glcm", "Feature classes", (0.2, 0.1, 0.05, 0.05, 0.6)),
        VarianceRow("a <b>", "ROIs", ()),
    )
    drawn = variance(DamagePanel("raw", SOURCES, rows, Table((), ())), "variance-0")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    assert {"all", "glcm", "a &lt;b&gt;", "Feature classes", "ROIs", "15\u00a0%", "35\u00a0%"} <= set(texts)
    assert "nothing computed" in texts
    assert drawn.count(f"fill: {COLORS[0]}") == 2
    assert drawn == variance(DamagePanel("raw", SOURCES, rows, Table((), ())), "variance-0")


def test_the_key_names_every_source() -> None:
    drawn = variance_key(SOURCES, "key")
    assert all(f">{name}</text>" in drawn for name in SOURCES)
    assert all(color in drawn for color in COLORS)
    assert drawn.count("fill: url(#") == 1  # stripes, where two colours are equally dark
