"""The list of a run's pictures: only what is as it was left counts, and nothing that is not ours goes."""

import hashlib

from experiments.folder.files import PICTURE_LIST, PICTURES
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_bytes, write_json
from experiments.running.pictures.listing import all_there, as_drawn, known_pictures, list_pictures


def left(folder, *names):
    records = []
    for name in names:
        write_bytes(folder / PICTURES / name, name.encode())
        records.append({"file": name, "key": f"of {name}", "sha256": hashlib.sha256(name.encode()).hexdigest()})
    write_json(folder / PICTURE_LIST, {"subjects": 1, "pictures": records})
    return records


def test_a_picture_counts_if_it_shows_the_same_and_is_whole(tmp_path):
    run, (record,) = RunFolder(tmp_path), left(tmp_path, "a.jpg")
    known = known_pictures(run)
    assert as_drawn(run, known, "a.jpg", "of a.jpg") == record
    assert as_drawn(run, known, "a.jpg", "of others") is None
    assert as_drawn(run, known, "b.jpg", "of b.jpg") is None
    assert all_there(run)
    (tmp_path / PICTURES / "a.jpg").write_bytes(b"damaged")
    assert as_drawn(run, known, "a.jpg", "of a.jpg") is None
    assert not all_there(run)


def test_what_is_no_longer_listed_goes_and_what_is_not_ours_stays(tmp_path):
    run, records = RunFolder(tmp_path), left(tmp_path, "a.jpg", "b.jpg")
    (tmp_path / PICTURES / "mine.txt").write_text("mine", encoding="utf-8")
    list_pictures(run, known_pictures(run), 1, records[:1])
    assert {path.name for path in (tmp_path / PICTURES).iterdir()} == {"a.jpg", "mine.txt", "pictures.json"}
    assert list(known_pictures(run)) == ["a.jpg"]
