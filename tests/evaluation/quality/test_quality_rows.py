import dataclasses

import numpy as np

from evaluation.quality.measures import MEASURES
from evaluation.quality.quality_rows import measure_quality


def test_the_scan_each_roi_and_every_two_have_their_rows_once(body):
    volume = body()
    third = volume.masks["left"] & (np.arange(96) < 30)
    rows = measure_quality(dataclasses.replace(volume, masks={**volume.masks, "third": third}))
    places = [row[:3] for row in rows]
    assert len(set(places)) == len(places)
    of = {kind: [name for name, measure in MEASURES.items() if kind in measure.of] for kind in ("scan", "roi", "pair")}
    assert len(places) == len(of["scan"]) + 3 * len(of["roi"]) + 3 * len(of["pair"])


def test_a_value_that_is_missing_always_says_why(body):
    volume = body(noise=0.0)
    empty = dataclasses.replace(volume, masks={**volume.masks, "empty": np.zeros(volume.image.shape, bool)})
    rows = measure_quality(empty)
    assert all(np.isnan(row.value) == (row.status != "ok") for row in rows)
    assert {row.status != "ok" for row in rows if row.measure == "snr"} == {True}
    assert not any("empty" in row[:2] for row in rows)


def test_an_image_without_rois_has_what_belongs_to_the_scan(body):
    rows = measure_quality(dataclasses.replace(body(), masks={}))
    assert {row.roi for row in rows} == {""}
