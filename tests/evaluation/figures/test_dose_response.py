import pandas as pd

from evaluation.figures import dose_response, to_bytes


def shares(**columns):
    counted = ("overall", "all", (9, 3)), ("class", "glcm", (8, 2)), ("class", "firstorder", (10, 4))
    rows = [
        {"by": by, "level": level, "number": number, "up_to": passing, "n_total": 10, "n_computed": 10}
        for by, level, counts in counted
        for number, passing in zip((4.0, 8.0), counts, strict=True)
    ]
    return pd.DataFrame(rows).assign(**columns)


def test_lines_hold_the_shares_by_class_at_the_numbers_of_levels():
    (axes,) = dose_response(shares(), "acceleration", "icc > 0.9", "T2").axes
    lines = {line.get_label(): (line.get_xdata().tolist(), line.get_ydata().tolist()) for line in axes.lines}
    assert lines == {
        "all features": ([4, 8], [0.9, 0.3]),
        "glcm": ([4, 8], [0.8, 0.2]),
        "firstorder": ([4, 8], [1.0, 0.4]),
    }
    assert "icc > 0.9" in axes.get_ylabel()


def test_nothing_is_drawn_where_nothing_was_judged():
    figure = dose_response(shares(n_computed=0), "acceleration", "icc > 0.9")
    assert not figure.axes[0].lines
    assert figure.axes[0].texts[0].get_text() == "nothing could be judged"
    assert to_bytes(figure, "svg") == to_bytes(figure, "svg")
