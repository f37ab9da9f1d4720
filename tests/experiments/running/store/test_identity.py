"""What a result rests on besides the image: masks, and the tables of their labels."""

from dataclasses import replace

import numpy as np

from experiments.running.store.finished import Store
from experiments.running.store.identity import identify
from experiments.study.manifest import Scan
from experiments.study.roi_sources import CarriedSource
from harmonize.formats import MaskSource, write_image
from harmonize.image.volume import Grid
from harmonize.steps import parse_steps


def test_a_changed_table_of_labels_is_another_scan(tmp_path):
    # A result or failure of the former names would have come back from the cache.
    for name in ("sub-1_T2w.nii.gz", "sub-1_dseg.nii.gz"):
        write_image(np.ones((2, 3, 4)), Grid((4, 3, 2)), tmp_path / name)
    image, table = tmp_path / "sub-1_T2w.nii.gz", tmp_path / "sub-1_dseg.tsv"
    source = MaskSource(tmp_path / "sub-1_dseg.nii.gz", 1)
    for mask in (source, CarriedSource(source, image)):
        scan = Scan("1", "T2w", "A", {}, image, {"liver": mask}, {}, 2)
        table.unlink(missing_ok=True)
        contents = [identify(scan, Store(tmp_path)).whole]
        for text in ("index\tname\n1\tliver\n", "index\tname\n1\tspleen\n"):
            table.write_text(text)
            found = identify(scan, Store(tmp_path))
            assert str(table) in found.files
            contents.append(found.whole)
        assert len(set(contents)) == 3


def test_strategies_rest_on_the_images_that_they_take_and_on_no_others(tmp_path):
    for name in ("scan", "denoised"):
        write_image(np.ones((2, 3, 4)), Grid((4, 3, 2)), tmp_path / f"{name}.nii.gz")
    scan, store = Scan("1", "T2w", "A", {}, tmp_path / "scan.nii.gz", {}, {}, 2), Store(tmp_path)
    denoised, plain = parse_steps([{"images": "denoised"}, "zscore"], ""), parse_steps(["zscore"], "")
    without = identify(scan, store)
    scan = replace(scan, elsewhere={"denoised": tmp_path / "denoised.nii.gz"})
    before = identify(scan, store)
    write_image(np.full((2, 3, 4), 2.0), Grid((4, 3, 2)), tmp_path / "denoised.nii.gz")
    after = identify(scan, store)
    assert without.whole == before.of(plain) == after.of(plain)
    assert len({found.of(denoised) for found in (without, before, after)}) == 3
    assert len({found.whole for found in (without, before, after)}) == 3
    (tmp_path / "denoised.nii.gz").unlink()
    assert identify(scan, store).of(denoised) == without.of(denoised)  # whoever takes it says that it is missing
