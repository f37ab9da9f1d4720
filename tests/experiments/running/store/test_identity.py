"""What a result rests on besides the image: masks, and the tables of their labels."""

import numpy as np

from experiments.running.store.finished import Store
from experiments.running.store.identity import identify
from experiments.study.manifest import Scan
from experiments.study.roi_sources import CarriedSource
from harmonize.formats import MaskSource, write_image
from harmonize.image.volume import Grid


def test_a_changed_table_of_labels_is_another_scan(tmp_path):
    # A result or failure of the former names would have come back from the cache.
    for name in ("sub-1_T2w.nii.gz", "sub-1_dseg.nii.gz"):
        write_image(np.ones((2, 3, 4)), Grid((4, 3, 2)), tmp_path / name)
    image, table = tmp_path / "sub-1_T2w.nii.gz", tmp_path / "sub-1_dseg.tsv"
    source = MaskSource(tmp_path / "sub-1_dseg.nii.gz", 1)
    for mask in (source, CarriedSource(source, image)):
        scan = Scan("1", "T2w", "A", {}, image, {"liver": mask}, {}, 2)
        table.unlink(missing_ok=True)
        contents = [identify(scan, Store(tmp_path))[1]]
        for text in ("index\tname\n1\tliver\n", "index\tname\n1\tspleen\n"):
            table.write_text(text)
            files, content = identify(scan, Store(tmp_path))
            assert str(table) in files
            contents.append(content)
        assert len(set(contents)) == 3
