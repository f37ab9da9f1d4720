import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from experiments.folder.files import OVERLAYS
from experiments.report.sections import carried
from experiments.running.pairs import COLUMNS
from harmonize.errors import ConfigurationError

KEYS = {"sequence": "T2", "condition": "b", "rois": "liver", "overlap": "0.9"}


@pytest.fixture
def context(tmp_path):
    """Two carried pairs, one that is known to lie still, and one that was refused."""
    rows = [
        {"subject": "S1", "status": "carried", "by": "search", "translation_mm": "2.04", "residual_mm": "0.5"},
        {"subject": "S2", "status": "carried", "by": "search", "translation_mm": "4", "residual_mm": "0.9"},
        {"subject": "S3", "status": "carried", "by": "same acquisition", "translation_mm": "0", "residual_mm": "0"},
        {"subject": "S4", "status": "refused", "by": "search", "problem": "the registration turns them by 20 degrees"},
    ]
    (tmp_path / OVERLAYS).mkdir(parents=True)
    for row in rows:
        row |= {**KEYS, "rotation_degrees": "1", "picture": f"{row['subject']}.jpg"}
        noise = np.random.default_rng(0).integers(0, 255, (40, 90, 3), dtype=np.uint8)
        content = io.BytesIO()
        Image.fromarray(noise).save(content, "JPEG")
        (tmp_path / OVERLAYS / row["picture"]).write_bytes(content.getvalue())
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return SimpleNamespace(run=SimpleNamespace(folder=tmp_path, path=tmp_path.joinpath, get=lambda _: table))


def test_refused_pairs_come_first_then_those_that_searches_agree_on_least(context):
    found = carried.summarize(context)
    assert (found["pairs"], found["refused"], found["still"]) == (4, 1, 1)
    assert [row[0] for row in found["table"]["rows"]] == ["S4", "S2", "S1", "S3"]
    assert found["ranges"]["rows"][0] == ["Moved, mm", "3.02", "4"]  # of those that were searched for
    shown = {group["title"]: [one["where"] for one in group["pictures"]] for group in found["groups"]}
    assert shown == {
        "refused": ["S4, T2, b (liver)"],
        "carried": ["S2, T2, b (liver)", "S1, T2, b (liver)", "S3, T2, b (liver)"],
    }
    assert found["groups"][0]["pictures"][0]["what"] == "refused: turns them by 20 degrees"
    assert (found["groups"][0]["pictures"][0]["width"], found["left_out"]) == (90, 0)
    assert [one["what"] for one in found["groups"][1]["pictures"]][2] == "lies still, by the same acquisition"


def test_overlays_that_do_not_fit_are_counted(context, monkeypatch):
    """A report is one file that is sent by mail; refused pairs stay."""
    one = len(carried.summarize(context)["groups"][0]["pictures"][0]["address"])
    monkeypatch.setattr(carried, "MOST_CHARACTERS", 2 * one)
    found = carried.summarize(context)
    assert [len(group["pictures"]) for group in found["groups"]] == [1, 1]
    assert found["left_out"] == 2


def test_pictures_may_be_taken_away_and_others_are_refused(context, golden):
    folder = context.run.folder / OVERLAYS
    (folder / "S2.jpg").unlink()
    assert sum(len(group["pictures"]) for group in carried.summarize(context)["groups"]) == 3
    (folder / "S1.jpg").write_bytes(b"GIF89a")
    with golden.error(ConfigurationError):
        carried.summarize(context)


def test_a_run_that_carries_nothing_has_no_such_section():
    assert carried.summarize(SimpleNamespace(run=SimpleNamespace(get=lambda _: None))) is None
