"""The command and Python leave the same files, to the byte, but for what tells when and how long."""

import json
import re

from click.testing import CliRunner

from experiments.cli import radharmony
from experiments.folder.files import FINISHED, LOG, REPORT, REPORTED, RUN, TIMINGS, TRACKED, TRACKING
from harmonize.digest import digest_of_file

TIMES = {"started", "finished", "seconds", "digest"}
OTHERS = (LOG, TIMINGS, TRACKED, TRACKING, RUN, REPORT)
MOMENTS = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?|, in [\d.\u202f ]+ ?(s|min|h)[\w .]*")


def left(folder):
    """Give what stands in each file, but in the log, in MLflow and in what is taken over."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith((FINISHED, "mlruns", ".")) and name not in OTHERS:
            found[name] = path.read_bytes()
    record = json.loads((folder / RUN).read_bytes())
    reported = json.loads(found.pop(REPORTED))["files"]
    assert reported.pop(REPORT) == digest_of_file(folder / REPORT)
    return found | {
        "the report's files": reported,
        "run.json but times": {name: value for name, value in record.items() if name not in TIMES},
    }


def page(folder):
    """Give the report without moments and durations."""
    return MOMENTS.sub("", (folder / REPORT).read_text(encoding="utf-8"))


def test_python_and_command_leave_the_same_files(finished, simulated, tmp_path):
    words = ["run", str(simulated), "--out", str(tmp_path / "out"), "--no-tracking", "--quiet"]
    result = CliRunner().invoke(radharmony, words)
    assert result.exit_code == 0, result.output
    mine, theirs = left(finished.folder), left(tmp_path / "out")
    assert list(mine) == list(theirs)
    assert [name for name in mine if mine[name] != theirs[name]] == []
    assert page(finished.folder) == page(tmp_path / "out")
