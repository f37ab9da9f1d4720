"""Many entries in few files: found again, checked line by line, and safe with several processes."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from experiments.running.store import packed
from experiments.running.store.finished import FEATURES, Store


def key(number):
    return f"{number:064x}"


def fill(store, numbers):
    for number in numbers:
        store.put(FEATURES, key(number), {"n": number})


def read(store, number):
    return store.get(FEATURES, key(number), lambda content: content["n"])


def loose(store):
    return sorted(store.folder.glob("*.json"))


def files(store):
    return sorted((store.folder / packed.PACKED).glob("*.jsonl"))


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.running.store.finished.ENOUGH", 8)
    return Store(tmp_path / "finished")


def test_what_was_gathered_comes_back_and_lies_in_one_file(store):
    fill(store, range(8))
    store.put_failure(FEATURES, key(9), {"problem": "too dark"})
    store.pack()
    assert loose(store) == []
    assert len(files(store)) == 1
    assert [read(store, number) for number in range(9)] == [*range(8), None]
    assert store.get_failure(FEATURES, key(9), dict) == {"problem": "too dark"}
    assert [(entry.key, entry.sound) for entry in store.entries()] == [(key(n), True) for n in (*range(8), 9)]
    assert [json.loads(line)["entry"]["content"]["n"] for line in files(store)[0].read_bytes().splitlines()] == list(
        range(8)
    )


def test_few_stay_in_files_of_their_own(store):
    fill(store, range(7))
    store.pack()
    assert len(loose(store)) == 7


def test_another_process_that_had_looked_finds_what_was_gathered_since(store):
    fill(store, range(8))
    store.pack()
    other = packed.Packed(store.folder)
    assert len(list(other.copies(key(3)))) == 1
    fill(store, range(8, 20))
    store.pack()  # the first file goes into the second
    assert len(files(store)) == 1
    assert len(list(other.copies(key(3)))) == 1
    assert len(list(other.copies(key(15)))) == 1


def test_files_stay_few_however_often_something_is_gathered(store):
    for start in range(0, 8 * 64, 8):
        fill(store, range(start, start + 8))
        store.pack()
    assert len(files(store)) <= 7
    assert [read(store, number) for number in range(8 * 64)] == list(range(8 * 64))


@pytest.mark.parametrize("damage", ["flip", "cut", "newline lost", "key"])
def test_only_what_a_damaged_line_held_is_missing(store, damage):
    fill(store, range(8))
    store.pack()
    (file,) = files(store)
    lines = file.read_bytes().splitlines(keepends=True)
    if damage == "flip":
        lines[3] = lines[3].replace(b'"n":3', b'"n":4')
    elif damage == "cut":
        lines[7] = lines[7][:-20]
    elif damage == "key":
        lines[3] = lines[3].replace(key(3).encode(), key(77).encode())
    else:
        lines[3] = lines[3][:-1]
    lost = {"flip": {3}, "cut": {7}, "newline lost": {3, 4}, "key": {3}}[damage]
    file.write_bytes(b"".join(lines))
    assert [read(store, number) for number in range(8)] == [None if n in lost else n for n in range(8)]
    assert read(store, 77) is None
    assert sum(not entry.sound for entry in store.entries()) == 1
    for number in lost:
        store.put(FEATURES, key(number), {"n": number})  # computed again
    assert [read(store, number) for number in range(8)] == list(range(8))
    store.remove([entry for entry in store.entries() if not entry.sound])
    assert all(entry.sound for entry in store.entries())
    assert [read(store, number) for number in range(8)] == list(range(8))


def test_a_damaged_entry_is_not_gathered(store):
    fill(store, range(9))
    store.place(key(2)).write_bytes(b"{}")
    store.pack()
    assert loose(store) == [store.place(key(2))]
    assert read(store, 2) is None


def test_what_is_removed_is_gone_and_the_rest_is_there(store):
    fill(store, range(8))
    store.pack()
    store.remove([entry for entry in store.entries() if entry.key in {key(0), key(5)}])
    assert [read(store, number) for number in range(8)] == [None, 1, 2, 3, 4, None, 6, 7]
    store.remove(list(store.entries()))
    assert files(store) == []


def test_a_gathered_entry_is_as_old_as_the_newest_of_its_file(store):
    fill(store, range(8))
    for path in loose(store)[:4]:
        os.utime(path, (1, 1))
    store.pack()
    assert all(entry.age < 3600 for entry in store.entries())


def test_a_process_killed_while_it_gathers_loses_nothing(store):
    """Whatever it was doing when it was killed."""
    fill(store, range(400))
    code = (
        "import sys, time; from pathlib import Path; from experiments.running.store import finished; "
        "finished.ENOUGH = 1; print('ready', flush=True); store = finished.Store(Path(sys.argv[1])); n = 400\n"
        "while True:\n    store.put('features', f'{n:064x}', {'n': n}); n += 1; store.pack()"
    )
    for wait in (0.0, 0.02, 0.1):
        process = subprocess.Popen([sys.executable, "-c", code, str(store.folder)], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        process.wait()
        process.stdout.close()
        assert [read(store, number) for number in range(400)] == list(range(400))


def _busy(folder, start):
    store = Store(folder)
    for number in range(start, start + 40):
        store.put(FEATURES, key(number), {"n": number})
        store.pack()
        assert read(store, number) == number


def test_processes_that_write_and_gather_in_one_folder_at_once_lose_nothing(store):
    fill(store, range(4))
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    processes = [context.Process(target=_busy, args=(store.folder, 100 * n)) for n in (1, 2, 3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    numbers = [*range(4), *(n for start in (100, 200, 300) for n in range(start, start + 40))]
    assert [read(store, number) for number in numbers] == numbers
