"""Programs as steps. Those of these tests are scripts of Python, and `cp`."""

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harmonize.errors import ConfigurationError, GridError, ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.steps import ExternalCommand, describe, parse_steps
from harmonize.steps.command import AllowedCommand

GRID = Grid((7, 6, 3), (0.7, 1.1, 4.3), (-31.7, 12.3, 5.1), (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0))


@pytest.fixture
def volume():
    image = np.random.default_rng(0).normal(0, 1, GRID.shape) * 10.0 ** np.arange(-150, 150, 100)[:, None, None]
    image[0, 0] = np.nextafter(1.0, 2.0), -0.0, 5e-324, -1.7e308, 1 / 3, 0.1, 2**53 + 2
    return Volume(image, GRID, {"liver": image > 0})


@pytest.fixture
def script(tmp_path):
    """Give a function that writes a script, and gives the command that runs it."""

    def write(text, **options):
        (tmp_path / "script.py").write_text(f"import sys\ngiven, left = sys.argv[1:]\n{text}\n", encoding="utf-8")
        run = (sys.executable, "-I", "-S", "script.py", "{in}", "{out}")
        return ExternalCommand(run, folder=str(tmp_path), **options)

    return write


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Folders of commands are made here, and all are gone when they are done."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []


@pytest.mark.skipif(shutil.which("cp") is None, reason="needs the program cp")
def test_a_program_that_copies_changes_not_a_bit(volume):
    found = ExternalCommand(("cp", "{in}", "{out}")).allowed()(volume)
    assert found.image.tobytes() == volume.image.tobytes()
    assert found.grid == volume.grid
    assert found.outside is None
    assert found.masks["liver"] is volume.masks["liver"] or (found.masks["liver"] == volume.masks["liver"]).all()


def test_nothing_runs_that_is_not_allowed(volume, script, tmp_path, golden):
    step = script(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with golden.error(ScanError, varies=r"python\S*"):
        step(volume)
    assert not (tmp_path / "ran").exists()
    assert not isinstance(parse_steps([describe(step.allowed())], "here")[0], AllowedCommand)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("print('one')\nprint('no model weights', file=sys.stderr)\nsys.exit(3)", ScanError),
        ("pass", ScanError),
        ("open(left, 'w').write('no image')", ScanError),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", ScanError),
    ],
    ids=["fails", "leaves_none", "leaves_no_image", "killed"],
)
def test_what_goes_wrong_is_told_with_what_the_program_said(volume, script, golden, text, kind):
    with golden.error(kind, varies=r"python\S*"):
        script(text).allowed()(volume)


CHANGING = """
import gzip, struct
data = bytearray(gzip.open(given).read())
{}
gzip.open(left, 'wb').write(bytes(data))
"""


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("data[-8:] = struct.pack('<d', float('nan'))", ScanError),
        (
            "data[268:272] = struct.pack('<f', struct.unpack('<f', data[268:272])[0] + 3)\n"
            "data[292:296] = struct.pack('<f', struct.unpack('<f', data[292:296])[0] + 3)",
            GridError,
        ),
    ],
    ids=["nan", "moved"],
)
def test_an_image_that_cannot_be_used_is_refused(volume, script, golden, change, kind):
    step = script(CHANGING.format(change))
    step = replace(step, run=tuple(word for word in step.run if word != "-S")).allowed()
    with golden.error(kind, varies=r"python\S*"):
        step(volume)


def test_the_network_of_the_documentation_denoises(phantom):
    how_to = Path(__file__).resolve().parents[3] / "docs" / "how_to"
    entry = {"command": {"run": [sys.executable, "denoise.py", "{in}", "{out}"]}}
    (step,) = parse_steps([entry], "", how_to)
    given = phantom.volume.image
    padded = np.pad(given, ((0, 0), (1, 1), (1, 1)), mode="edge")
    parts = [padded[:, y : y + given.shape[1], x : x + given.shape[2]] for y in range(3) for x in range(3)]
    np.testing.assert_allclose(step.allowed()(phantom.volume).image, np.mean(parts, axis=0), rtol=1e-12)


def alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{number}/stat").read_text().split()[2] != "Z" if Path("/proc").exists() else True


def ended(number, seconds=10.0):
    start = time.monotonic()
    while alive(number) and time.monotonic() - start < seconds:
        time.sleep(0.02)
    return not alive(number)


STARTING = """
import subprocess, os
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'])
open({!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')
child.wait()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="groups of processes are of POSIX")
def test_what_takes_too_long_is_ended_with_all_that_it_started(volume, script, tmp_path, golden):
    step = script(STARTING.format(str(tmp_path / "numbers")), seconds=1.0).allowed()
    with golden.error(ScanError, varies=r"python\S*"):
        step(volume)
    numbers = [int(one) for one in (tmp_path / "numbers").read_text().split()]
    assert len(numbers) == 2
    assert all(map(ended, numbers))


KILLED = """
import pickle, sys, tempfile
tempfile.tempdir = {!r}
step, volume = pickle.loads(sys.stdin.buffer.read())
step(volume)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="groups of processes are of POSIX")
def test_a_program_ends_with_the_worker_that_runs_it(volume, script, tmp_path, temporary):
    step = script(STARTING.format(str(tmp_path / "numbers"))).allowed()
    worker = subprocess.Popen([sys.executable, "-c", KILLED.format(str(temporary))], stdin=subprocess.PIPE)
    worker.stdin.write(pickle.dumps((step, volume)))
    worker.stdin.close()
    while not (tmp_path / "numbers").exists() or not (tmp_path / "numbers").read_text():
        assert worker.poll() is None
        time.sleep(0.02)
    numbers = [int(one) for one in (tmp_path / "numbers").read_text().split()]
    worker.kill()
    worker.wait()
    assert all(map(ended, numbers))
    while list(temporary.iterdir()):  # the keeper removes the folder
        time.sleep(0.02)


@pytest.mark.skipif(shutil.which("cp") is None, reason="needs the program cp")
def test_commands_run_side_by_side(volume):
    step = ExternalCommand(("cp", "{in}", "{out}")).allowed()
    volumes = [volume.with_image(volume.image / (i + 1)) for i in range(6)]
    with ThreadPoolExecutor(3) as pool:
        for given, found in zip(volumes, pool.map(step, volumes), strict=True):
            np.testing.assert_array_equal(found.image, given.image)


def test_another_program_or_file_is_another_step(volume, script, golden, tmp_path):
    step = script("pass")
    first = step.allowed()
    assert first.program == replace(step, seconds=1.0).allowed().program
    assert describe(first) == describe(replace(first, seconds=3.0, folder="elsewhere"))
    assert describe(first) != describe(replace(first, version="2"))
    assert first == step.allowed() == pickle.loads(pickle.dumps(first))
    assert parse_steps([describe(first)], "here", tmp_path)[0].allowed() == first
    second = script("sys.exit(0)")
    assert second.allowed().program != first.program
    with golden.error(ScanError, varies=r"python\S*"):
        first(volume)
    with golden.error(ConfigurationError, varies=r"[0-9a-f]{12}|python\S*"):
        replace(second, program=first.program).allowed()


@pytest.mark.parametrize(
    "entry",
    [
        {"run": ["denoise", "{in}"]},
        {"run": []},
        {"run": "denoise {in} {out}"},
        {"run": ["cp", "{in}", "{out}"], "seconds": 0},
        {},
    ],
)
def test_what_cannot_be_meant_is_refused(entry, golden):
    with golden.error(ConfigurationError):
        parse_steps([{"command": entry}], "study.yaml")


@pytest.mark.parametrize("name", ["no-such-program", "./no-such-program"])
def test_a_program_that_is_not_there_is_named(name, tmp_path, golden):
    with golden.error(ConfigurationError):
        ExternalCommand((name, "{in}", "{out}"), folder=str(tmp_path)).allowed()
