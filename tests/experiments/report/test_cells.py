import base64
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluation.tables import RELIABILITY_COLUMNS
from experiments.page.context import passes
from experiments.report.cells import ABSENT, encode, pack_cells
from selection.thresholds import Thresholds

RUN = {"sequences": ["T1", "T2"], "rois": ["liver", "</script>"], "conditions": ["REF", "ACC"]}
ROWS = pd.DataFrame(
    [
        ("s", "T2", "</script>", "original_glcm_A", "ACC", "icc", 0.934, 0.85, 0.97, 17, "ok"),
        ("s", "T2", "</script>", "original_glcm_B", "ACC", "icc", np.nan, np.nan, np.nan, 16, "constant"),
        ("s", "T2", "</script>", "original_glcm_A", "all", "cv", 0.0512, np.nan, np.nan, 17, "ok"),
    ],
    columns=list(RELIABILITY_COLUMNS),
)
ROBUST = {"s": frozenset({("T2", "</script>", "original_glcm_A")})}


def decoded(codes: "np.ndarray[Any, np.dtype[np.uint16]]") -> list[float]:
    return [
        np.nan if code == ABSENT else (-1) ** (code // 1000 % 2) * (code % 1000) * 10.0 ** (code // 2000 - 20)
        for code in codes.astype(int)
    ]


def packed(**options: int) -> Any:
    passed = passes(ROWS, Thresholds({"icc": 0.9}))
    return pack_cells(ROWS, passed, ROBUST, RUN, ("icc", "cv"), {"icc": ">", "cv": "<"}, **options)


def test_three_digits_come_back() -> None:
    rng = np.random.default_rng(3)
    values = rng.choice([-1, 1], 2000) * 10 ** rng.uniform(-12, 9, 2000)
    assert decoded(encode(values)) == pytest.approx(values, rel=0.00501)
    exact = [0.9, 0.123, -12.3, 0.0, 1.0, 0.999, 12300.0, -0.25]
    assert decoded(encode(np.array(exact))) == pytest.approx(exact, rel=1e-12)
    assert decoded(encode(np.array([0.99951, 999.9]))) == pytest.approx([1.0, 1000.0])


def test_what_is_no_number_or_beyond_all_bounds_stays_apart() -> None:
    assert encode(np.array([np.nan, np.inf, -np.inf])).tolist() == [ABSENT] * 3
    huge, tiny = decoded(encode(np.array([1e40, 1e-40])))
    assert huge == pytest.approx(999e11)
    assert tiny == 0


def test_every_value_stands_in_its_place() -> None:
    data = json.loads(packed()["json"])
    icc, cv = data["columns"]
    words = {key: np.frombuffer(base64.b64decode(icc[key]), "<u2") for key in ("estimate", "lower", "upper", "remark")}
    assert data["axes"] == [["s"], ["T1", "T2"], ["liver", "</script>"], ["original_glcm_A", "original_glcm_B"]]
    assert decoded(words["estimate"])[6] == pytest.approx(0.934)
    assert decoded(words["lower"])[6] == pytest.approx(0.85)
    assert (words["estimate"] != ABSENT).sum() == 1
    assert (words["remark"] != ABSENT).tolist() == [False] * 6 + [True] * 2
    assert data["remarks"][words["remark"][7]]["status"] == "constant"
    assert data["remarks"][words["remark"][6]] == {"n": 17, "status": "", "meaning": data["remarks"][0]["meaning"]}
    assert "lower" not in cv
    assert cv["condition"] == ""
    flags = [
        np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8), bitorder="little") for text in data["passes"]
    ]
    assert [np.flatnonzero(flag).tolist() for flag in flags] == [[6], [6]]
    assert data["conditions"] == ["ACC", "every"]


def test_names_cannot_end_the_element() -> None:
    assert not set("<>&") & set(packed()["json"])


def test_a_study_too_large_loses_limits_first() -> None:
    whole = packed()
    assert whole["has_limits"]
    smaller = packed(most=90)
    assert smaller["json"]
    assert not smaller["has_limits"]
    assert "lower" not in json.loads(smaller["json"])["columns"][0]
    assert packed(most=10)["json"] == ""
