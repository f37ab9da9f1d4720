import re

from experiments.report.contents.quantities import Interval, Share
from experiments.report.contents.strategies import RankedStrategy
from experiments.report.figures.ranking import ranking

ROWS = (
    RankedStrategy("n4", Share(44, 100), Interval(0.44, 0.38, 0.51), Interval(1.0, 1.0, 2.0), 0.61),
    RankedStrategy("raw", Share(10, 100), None, None, None),
    RankedStrategy("broken", Share(0, 0), None, None, None),
)


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_each_strategy_shows_share_interval_and_first_places() -> None:
    found = texts(ranking(ROWS, "ranking"))
    order = [text for text in found if not re.fullmatch(r"\d+ %", text)]
    assert order == [
        "n4",
        "44 (38 to 51\u00a0%)",
        "first in 61\u00a0%",
        "raw",
        "10\u00a0%",
        "broken",
        "nothing computed",
    ]


def test_it_fits_a_phone() -> None:
    assert float(re.search(r'width="([\d.]+)pt"', ranking(ROWS, "ranking"))[1]) < 270
