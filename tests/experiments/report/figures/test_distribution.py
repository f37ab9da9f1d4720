import re

from experiments.report.contents.panels import Distribution, DistributionPanel
from experiments.report.contents.quantities import Share
from experiments.report.figures.distribution import distribution


def test_rows_are_named_and_an_empty_one_says_so() -> None:
    rows = (
        Distribution("plain", (1, 0, 3), (0.1, 0.5, 0.92, 0.95, 1.0), 0, 0, Share(3, 4)),
        Distribution("empty", (0, 0, 0), (), 0, 0, Share(0, 4)),
    )
    svg = distribution(DistributionPanel("icc", "ICC", (0.0, 0.45, 0.9, 1.0), 0.9, ">", rows), "a")
    found = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"plain", "empty", "75\u00a0%", "0\u00a0%", "nothing computed", "ICC", "&gt; 0.90"} <= set(found)
