import re

from experiments.report.contents.panels import ShareGrid
from experiments.report.contents.quantities import Share
from experiments.report.figures.share_map import share_map


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_each_field_shows_its_share() -> None:
    grid = ShareGrid(
        "a", ("liver", "spleen"), (("T2", "ACC"), ("T1", "ACC")), ((Share(1, 4), None), (Share(0, 3), Share(9, 9)))
    )
    found = texts(share_map(grid, "a"))
    assert found[:6] == ["liver", "25", "–", "spleen", "0", "100"]
    assert sorted(found[6:]) == ["ACC", "ACC", "T1", "T2"]


def test_a_share_just_below_all_is_not_a_hundred() -> None:
    grid = ShareGrid("a", ("liver",), (("T2", "ACC"), ("T1", "ACC")), ((Share(999, 1000), Share(1, 1000)),))
    assert texts(share_map(grid, "a"))[:3] == ["liver", "&gt;99", "&lt;1"]


def test_ten_rois_by_three_sequences_fit_on_a_page() -> None:
    columns = tuple((sequence, name) for sequence in "ABC" for name in ("REF+DLR", "ACC+STD", "ACC+DLR", "every"))
    grid = ShareGrid("a", tuple(f"region {i}" for i in range(10)), columns, ((Share(1, 2),) * 12,) * 10)
    width, height = (
        float(part) for part in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', share_map(grid, "a")).groups()
    )
    assert width < 430
    assert height < 280
