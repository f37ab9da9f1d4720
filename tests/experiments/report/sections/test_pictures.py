"""Tests of the pictures of scans in the report."""

import base64
import io
import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from experiments.folder.files import PICTURE_LIST, PICTURES
from experiments.report import write_report
from experiments.report.sections import pictures
from experiments.report.sections.pictures import read_scan_pictures
from harmonize.errors import ConfigurationError


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of a finished run, to be changed."""
    return shutil.copytree(finished.folder, tmp_path / "run")


def listed(folder):
    return folder / PICTURE_LIST


def change(folder, **values):
    content = json.loads(listed(folder).read_text(encoding="utf-8"))
    content["pictures"][0] |= values
    listed(folder).write_text(json.dumps(content), encoding="utf-8")


def test_every_picture_is_in_the_page_with_words_for_those_who_do_not_see_it(folder):
    page = write_report(folder).read_text(encoding="utf-8")
    found = re.findall(r'<img class="scan" src="data:image/jpeg;base64,([^"]+)" alt="([^"]+)" width="\d+"', page)
    records = json.loads(listed(folder).read_text(encoding="utf-8"))["pictures"]
    assert len(found) == len(records) == 6
    for (content, words), record in zip(found, records, strict=True):
        assert base64.b64decode(content) == (folder / PICTURES / record["file"]).read_bytes()
        assert record["subject"] in words
        assert "REF+DLR" in words
        assert "ROIs outlined" in words
    assert "Example slices" in page


def test_the_page_asks_for_nothing_from_elsewhere(folder):
    page = write_report(folder).read_text(encoding="utf-8")
    assert not re.search(r'src="(?!data:)|<link|@import|url\((?!#)', page)
    assert "img-src data:" in page


def test_a_run_without_pictures_has_no_such_section(folder):
    shutil.rmtree(folder / PICTURES)
    page = write_report(folder).read_text(encoding="utf-8")
    assert read_scan_pictures(folder) is None
    assert "Example slices" not in page
    assert "<img" not in page


def test_names_are_escaped(folder, reseal):
    change(folder, subject='"><script>alert(1)</script>')
    reseal(folder)
    page = write_report(folder).read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("file", ["../run.json", "/etc/passwd", "raw/../../run.json", "..\\run.json", ""])
def test_a_list_that_leads_out_of_the_folder_is_refused(folder, file, golden):
    change(folder, file=file)
    with golden.error(ConfigurationError):
        read_scan_pictures(folder)


@pytest.mark.parametrize(
    "values",
    [{"width": "1"}, {"rois": "liver"}, {"file": "none.jpg"}],
)
def test_a_damaged_list_is_refused(folder, values, golden):
    change(folder, **values)
    with golden.error(ConfigurationError):
        read_scan_pictures(folder)


def test_what_is_no_jpeg_is_not_put_into_the_page(folder, golden):
    record = json.loads(listed(folder).read_text(encoding="utf-8"))["pictures"][0]
    (folder / PICTURES / record["file"]).write_text("<svg onload=alert(1)>", encoding="utf-8")
    with golden.error(ConfigurationError):
        read_scan_pictures(folder)


def shown(found):
    return [picture for group in found["groups"] for picture in group["pictures"]]


def left_out(found):
    return sum(group["left_out"] for group in found["groups"])


def characters(found):
    return sum(len(picture["address"]) for picture in shown(found))


def pixels(picture):
    content = base64.b64decode(picture["address"].partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=float)


def test_pictures_that_fit_are_the_files_themselves(folder):
    groups = read_scan_pictures(folder)
    assert read_scan_pictures(folder, most=characters(groups)) == groups
    assert not groups["compressed"]


def test_pictures_that_do_not_fit_are_compressed_and_look_the_same(folder):
    whole = read_scan_pictures(folder)
    smaller = read_scan_pictures(folder, most=characters(whole) - 1)
    assert characters(smaller) < 0.8 * characters(whole)
    assert smaller["compressed"]
    assert left_out(smaller) == 0
    for one, other in zip(shown(whole), shown(smaller), strict=True):
        assert other["address"].startswith("data:image/webp;base64,")
        assert one | {"address": ""} == other | {"address": ""}
        assert pixels(other).shape == pixels(one).shape == (one["height"], one["width"], 3)
        error = np.sqrt(np.mean((pixels(other) - pixels(one)) ** 2))
        assert error < 255 * 10 ** (-30 / 20), "a peak signal-to-noise ratio above 30 dB"


def test_the_page_says_that_pictures_were_compressed(folder, monkeypatch):
    told = "these pictures are compressed further, to WebP"
    assert told not in write_report(folder).read_text(encoding="utf-8")
    monkeypatch.setattr(pictures, "MOST_CHARACTERS", characters(read_scan_pictures(folder)) - 1)
    page = write_report(folder).read_text(encoding="utf-8")
    assert told in page
    assert page.count('src="data:image/webp;base64,') == 6


def test_pictures_that_do_not_fit_even_so_are_left_out_and_counted(folder):
    sizes = [len(picture["address"]) for picture in shown(read_scan_pictures(folder))]
    fewer = read_scan_pictures(folder, most=sum(sizes) // 6)
    assert len(shown(fewer)) == len(sizes) - left_out(fewer)
    assert 1 <= left_out(fewer) < len(sizes)
    assert left_out(read_scan_pictures(folder, most=0)) == len(sizes)


@pytest.mark.parametrize("side", [12_000, 65_000])
def test_a_picture_that_claims_to_be_huge_is_not_opened(folder, side, golden):
    record = json.loads(listed(folder).read_text(encoding="utf-8"))["pictures"][0]
    path = folder / PICTURES / record["file"]
    content = path.read_bytes()
    at = content.index(b"\xff\xc0") + 5  # height and width in the frame header
    path.write_bytes(content[:at] + 2 * side.to_bytes(2, "big") + content[at + 4 :])
    with golden.error(ConfigurationError):
        read_scan_pictures(folder, most=0)
