"""The page of ROIs before anything is computed: every ROI is seen, swapped sides too, and what cannot be is told."""

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.cli import radharmony
from experiments.running.pictures.preview import PAGE, draw_rois, write_preview
from experiments.study.study import Study
from harmonize.formats import write_image
from harmonize.image.volume import Grid

GRID = Grid((48, 48, 12), (2.0, 2.0, 5.0))
SHIFTED = Grid((48, 48, 12), (2.0, 2.0, 5.0), (0.0, 0.0, 10.0))
STUDY = """images: images.csv
reference: REF
factors: [arm]
rois:
  circles: {table: centres.csv, diameter: 8}
registration: {from: reference}
strategies: {raw: }
"""
CENTRES = "subject,arm,roi,x,y,z\nS<1>,REF,liver,16,20,4\nS<1>,REF,spleen,32,20,8\nS<1>,REF,aorta,24,30,4\n"


@pytest.fixture
def study(tmp_path):
    rng = np.random.default_rng(0)
    body = np.zeros(GRID.shape)
    body[:, 6:42, 6:42] = 100
    for name, grid in (("a", GRID), ("b", SHIFTED)):
        write_image(body + rng.uniform(0, 20, GRID.shape), grid, tmp_path / f"{name}.nii.gz")
    images = "subject,sequence,arm,image\nS<1>,T2,REF,a.nii.gz\nS<1>,T2,ACC,b.nii.gz\nS<1>,T2,LOST,c.nii.gz\n"
    for name, text in {"study.yaml": STUDY, "images.csv": images, "centres.csv": CENTRES}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "study.yaml"


def test_a_page_shows_every_subject_and_says_what_cannot_be_shown(study, tmp_path):
    page = write_preview(Study.from_yaml(study), tmp_path / "pictures")
    text = page.read_text(encoding="utf-8")
    assert "S&lt;1&gt;" in text
    assert "<1>" not in text
    assert "LOST: c.nii.gz" in text or "there is no such file" in text
    assert "ACC: 3 ROIs are carried: as the headers place the scans" in text
    (picture,) = (tmp_path / "pictures").glob("*.jpg")
    assert f'src="{picture.name}"' in text


def test_carried_rois_lie_where_headers_place_them_and_each_roi_has_its_slice(study, tmp_path, monkeypatch):
    seen = []
    from experiments.running.pictures import preview

    real = preview.montage
    monkeypatch.setattr(preview, "montage", lambda *given: seen.append(given) or real(*given))
    loaded = Study.from_yaml(study)
    found = draw_rois(list(loaded.scans), loaded.rois, ("S<1>", "T2"), tmp_path / "x.jpg")
    assert found.file == "x.jpg"
    ((_, columns, rows, rois, _),) = seen
    assert (columns, rois) == (("REF", "ACC", "LOST"), ["liver", "spleen", "aorta"])
    assert [row.title.split(",  ")[0].split(", window")[0] for row in rows] == [
        "liver, aorta: 5 (REF), 3 (ACC)",  # 10 mm further up are two slices
        "spleen: 9 (REF), 7 (ACC)",
    ]
    for row, names in zip(rows, ({"liver", "aorta"}, {"spleen"}), strict=True):
        for tile in row.tiles[:2]:
            assert {name for name, mask in tile.rois.items() if mask.any()} == names
        assert isinstance(row.tiles[2], str)


def test_check_writes_the_page(study, tmp_path):
    result = CliRunner().invoke(radharmony, ["check", str(study), "--pictures", str(tmp_path / "p"), "--jobs", "1"])
    assert f"ROIs of every subject: {tmp_path / 'p' / PAGE}" in result.output
    assert (tmp_path / "p" / PAGE).is_file()
