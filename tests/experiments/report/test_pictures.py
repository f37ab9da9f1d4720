"""Tests of the pictures of scans in the report."""

import base64
import json
import re
import shutil

import pytest

from experiments import outputs
from experiments.report import write_report
from experiments.report.pictures import read_scan_pictures
from harmonize.errors import ConfigurationError


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of a finished run, to be changed."""
    return shutil.copytree(finished.folder, tmp_path / "run")


def listed(folder):
    return folder / outputs.PICTURES / outputs.PICTURE_LIST


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
        assert base64.b64decode(content) == (folder / outputs.PICTURES / record["file"]).read_bytes()
        assert record["subject"] in words
        assert "REF+DLR" in words
        assert "ROIs outlined" in words
    assert "Pictures of the scans" in page


def test_the_page_asks_for_nothing_from_elsewhere(folder):
    page = write_report(folder).read_text(encoding="utf-8")
    assert not re.search(r'src="(?!data:)|<link|@import|url\((?!#)', page)
    assert "img-src data:" in page


def test_a_run_without_pictures_has_no_such_section(folder):
    shutil.rmtree(folder / outputs.PICTURES)
    page = write_report(folder).read_text(encoding="utf-8")
    assert read_scan_pictures(folder) == ()
    assert "Pictures of the scans" not in page
    assert "<img" not in page


def test_names_are_escaped(folder):
    change(folder, subject='"><script>alert(1)</script>')
    page = write_report(folder).read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("file", ["../run.json", "/etc/passwd", "raw/../../run.json", "..\\run.json", ""])
def test_a_list_that_leads_out_of_the_folder_is_refused(folder, file):
    change(folder, file=file)
    with pytest.raises(ConfigurationError, match="leads out of the folder"):
        read_scan_pictures(folder)


@pytest.mark.parametrize(
    ("values", "message"),
    [({"width": "1"}, "'width' is '1'"), ({"rois": "liver"}, "'rois' is 'liver'"), ({"file": "none.jpg"}, "none.jpg")],
)
def test_a_damaged_list_is_refused(folder, values, message):
    change(folder, **values)
    with pytest.raises(ConfigurationError, match=message):
        read_scan_pictures(folder)


def test_what_is_no_jpeg_is_not_put_into_the_page(folder):
    record = json.loads(listed(folder).read_text(encoding="utf-8"))["pictures"][0]
    (folder / outputs.PICTURES / record["file"]).write_text("<svg onload=alert(1)>", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is no JPEG file"):
        read_scan_pictures(folder)


def test_pictures_that_do_not_fit_are_left_out_and_counted(folder):
    whole = read_scan_pictures(folder)
    sizes = [len(picture.address) for group in whole for picture in group.pictures]
    fewer = read_scan_pictures(folder, most=sum(sizes) - min(sizes))
    assert sum(len(group.pictures) for group in fewer) == len(sizes) - sum(group.left_out for group in fewer)
    assert 1 <= sum(group.left_out for group in fewer) < len(sizes)
    assert all(group.pictures for group in fewer)
    assert sum(group.left_out for group in read_scan_pictures(folder, most=0)) == len(sizes)
