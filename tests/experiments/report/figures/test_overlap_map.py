import re

from experiments.report.contents.panels import Overlap
from experiments.report.figures.overlap_map import overlap_map


def test_lower_triangle_shows_index_and_count() -> None:
    found = re.findall(
        r"<text[^>]*>([^<]*)</text>",
        overlap_map(Overlap(("a", "b"), ((5, 2), (2, 4)), ((1.0, 2 / 7), (2 / 7, 1.0))), "x"),
    )
    assert sorted(found) == sorted(["a", "A", "A", "5", "b", "B", "B", "0.29", "2", "4"])
