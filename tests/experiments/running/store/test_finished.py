"""The cache trusts nothing that is not what it says it is."""

import hashlib
import json
import os
import shutil

import pytest

from experiments.running.store.entry import Made
from experiments.running.store.finished import FEATURES, OBSERVATION, Store, store_at
from harmonize.errors import ConfigurationError

KEY, OTHER = "a" * 64, "b" * 64
CONTENT = {"liver": [1.5, -2.0], "grüße": {"voxels": 3}}
MADE = Made("zscore", "c" * 64, 1000, (("d" * 64, "zscore", 0.25),), ("e" * 64, 1.5))


@pytest.fixture
def store(tmp_path):
    found = Store(tmp_path / "finished")
    found.put(FEATURES, KEY, CONTENT, MADE)
    return found


def read(store, key=KEY, kind=FEATURES):
    return store.get(kind, key, lambda content: content)


def sealed(**changes):
    """Give the bytes of an entry whose checksum is right, whatever is wrong with it otherwise."""
    entry = {"format": "radharmony.finished/1", "kind": FEATURES, "key": KEY, "content": CONTENT}
    entry |= {"made": {"strategy": "", "digest": "", "voxels": 0, "steps": [], "extraction": ["", 0.0]}} | changes
    body = json.dumps(entry).encode()
    return b'{"sha256": "' + hashlib.sha256(body).hexdigest().encode() + b'", "entry": ' + body + b"}\n"


def test_what_was_stored_comes_back_with_its_origin_and_is_json(store):
    assert read(store) == CONTENT
    (entry,) = store.entries()
    assert (entry.key, entry.kind, entry.made, entry.failed, entry.sound) == (KEY, FEATURES, MADE, False, True)
    assert json.loads(entry.path.read_text(encoding="utf-8"))["entry"]["content"] == CONTENT
    assert [path.name for path in store.folder.iterdir()] == [f"{KEY}.json"]


def test_absent_or_of_another_kind_is_nothing(store):
    assert read(store, OTHER) is None
    assert read(store, kind=OBSERVATION) is None
    assert Store(store.folder / "nowhere").get(FEATURES, KEY, lambda content: content) is None


def test_every_cut_and_every_flipped_bit_is_noticed(store):
    place = store.place(KEY)
    whole = place.read_bytes()
    for length in range(len(whole)):
        place.write_bytes(whole[:length])
        assert read(store) is None, length
    for position in range(len(whole)):
        for bit in (0, 5):
            flipped = bytearray(whole)
            flipped[position] ^= 1 << bit
            place.write_bytes(flipped)
            assert read(store) is None, position
    place.write_bytes(whole + b" ")
    assert read(store) is None
    place.write_bytes(whole)
    assert read(store) == CONTENT


def test_the_content_of_another_entry_is_refused(store):
    store.put(FEATURES, OTHER, {"spleen": []})
    shutil.copy(store.place(OTHER), store.place(KEY))
    assert read(store) is None
    store.put(FEATURES, KEY, CONTENT)
    store.place(KEY).rename(store.place("f" * 64))
    assert read(store, "f" * 64) is None
    assert sum(not entry.sound for entry in store.entries()) == 1


@pytest.mark.parametrize(
    "data",
    [
        sealed(content=float("nan")),
        sealed(content=float("inf")),
        sealed(key=OTHER),
        sealed(kind="pickle"),
        sealed(kind=["features"]),
        sealed(format="radharmony.finished/9"),
        sealed(content=0)[:-1] + b" \n",
        b'{"sha256": "'
        + hashlib.sha256(b"[" * 200_000).hexdigest().encode()
        + b'", "entry": '
        + b"[" * 200_000
        + b"}\n",
        b'{"sha256": "' + hashlib.sha256(b"[]").hexdigest().encode() + b'", "entry": []}\n',
        b'{"sha256": "' + hashlib.sha256(b"\xff").hexdigest().encode() + b'", "entry": \xff}\n',
        b"",
    ],
)
def test_a_right_checksum_alone_is_not_enough(store, data):
    store.place(KEY).write_bytes(data)
    assert read(store) is None
    assert [entry.sound for entry in store.entries()] == [False]


def test_content_that_does_not_parse_is_nothing(store):
    def parse(content):
        return content["spleen"]

    assert store.get(FEATURES, KEY, parse) is None


def test_an_origin_that_makes_no_sense_is_damage(store):
    for made in (
        {},
        {"strategy": 1},
        {"strategy": "", "digest": "", "voxels": 0, "steps": [["", "", -1]], "extraction": ["", 0]},
    ):
        store.place(KEY).write_bytes(sealed(made=made))
        assert [entry.sound for entry in store.entries()] == [False]


def test_a_file_beyond_the_limit_is_not_read(store, monkeypatch):
    monkeypatch.setattr("experiments.running.store.packed.MAX_BYTES", store.place(KEY).stat().st_size)
    assert read(store) == CONTENT
    monkeypatch.setattr("experiments.running.store.packed.MAX_BYTES", store.place(KEY).stat().st_size - 1)
    assert read(store) is None


def test_a_folder_in_its_place_is_nothing_and_is_kept_aside(store):
    place = store.place(KEY)
    place.unlink()
    place.mkdir()
    (place / "somebody's.txt").write_text("x")
    assert read(store) is None
    store.put(FEATURES, KEY, CONTENT)
    assert read(store) == CONTENT
    (aside,) = store.folder.glob("*.damaged-*")
    assert (aside / "somebody's.txt").read_text(encoding="utf-8") == "x"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_its_place_does_not_wait_for_ever(store):
    store.place(KEY).unlink()
    os.mkfifo(store.place(KEY))
    assert read(store) is None
    store.put(FEATURES, KEY, CONTENT)
    assert read(store) == CONTENT


def test_an_unreadable_entry_is_nothing_and_is_replaced(store):
    """A link that leads to itself: unreadable for root, too, whom permissions do not stop."""
    place = store.place(KEY)
    place.unlink()
    place.symlink_to(place.name)
    assert store.get(FEATURES, KEY, dict) is None
    store.put(FEATURES, KEY, {"new": 1})
    assert store.get(FEATURES, KEY, dict) == {"new": 1}


def test_failures_lie_apart_and_never_count_as_finished(store):
    store.put_failure(FEATURES, OTHER, {"problem": "too dark"})
    assert read(store, OTHER) is None
    assert store.get_failure(FEATURES, OTHER, dict) == {"problem": "too dark"}
    assert Store(store.folder, retry_failed=True).get_failure(FEATURES, OTHER, dict) is None
    shutil.copy(store.place(OTHER, failed=True), store.place(OTHER))
    assert [entry.failed for entry in store.entries()] == [False, False, True]


def test_a_failure_is_forgotten_once_it_is_finished(store):
    store.put_failure(FEATURES, KEY, {"problem": "too dark"})
    store.put(FEATURES, KEY, CONTENT)
    assert store.get_failure(FEATURES, KEY, dict) is None


def test_what_a_killed_process_left_is_found_and_is_no_entry(store):
    half = store.folder / f".{KEY}.json.x1y2"
    half.write_bytes(store.place(KEY).read_bytes()[:50])
    os.utime(half, (1, 1))
    assert store.leftovers() == [half]
    assert [entry.path for entry in store.entries()] == [store.place(KEY)]
    half.touch()
    assert store.leftovers() == []  # somebody may be writing it


def test_a_failed_write_leaves_the_former_entry(store):
    with pytest.raises(ValueError, match="JSON"):
        store.put(FEATURES, KEY, {"x": float("nan")})
    assert read(store) == CONTENT
    assert len(list(store.folder.iterdir())) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_takes_nothing_is_said_before_anything_is_computed(tmp_path, golden):
    tmp_path.chmod(0o555)
    for folder in tmp_path, tmp_path / "new" / "cache":
        with golden.error(ConfigurationError):
            store_at(folder)


def test_a_file_in_place_of_the_folder_is_said(tmp_path, golden):
    (tmp_path / "cache").write_text("")
    with golden.error(ConfigurationError):
        store_at(tmp_path / "cache")
