"""A command does its work and ends with its right exit code, whatever becomes of its standard streams."""

import os
import subprocess
import sys
import warnings

import pytest

from experiments.cli.streams import told_once

COMMAND = "from experiments.cli import main; main()"


def run(tail, *words):
    """Run radharmony in a shell, where streams can be closed; gives its exit code."""
    line = f'"$0" -c "$1" {" ".join(words)} {tail}; echo "code ${{PIPESTATUS[0]}}" >&3'
    done = subprocess.run(
        ["bash", "-c", f"exec 3>&1; {line}", sys.executable, COMMAND],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return int(done.stdout.rpartition("code ")[2])


@pytest.mark.parametrize("tail", [">&-", "2>&-", ">&- 2>&- <&-", "| true"])
def test_the_exit_code_is_that_of_the_command(tail, tmp_path):
    """`radharmony plan | head` ended with 1, and closed streams with tracebacks."""
    assert run(tail, "--help") == 0
    assert run(tail, "report", str(tmp_path)) == 2


def test_a_closed_stream_is_not_taken_by_the_next_file(tmp_path):
    code = (
        "import os, sys; from experiments.cli.streams import steady_streams; steady_streams(); "
        f"file = open({str(tmp_path / 'f')!r}, 'w'); print('told'); os.write(1, b'printed by a library'); file.close()"
    )
    done = subprocess.run(["bash", "-c", 'exec "$0" -c "$1" >&-', sys.executable, code], check=False)
    assert done.returncode == 0
    assert (tmp_path / "f").read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_console_of_few_signs_gets_them_spelled_out(encoding):
    code = "from experiments.cli.streams import steady_streams; steady_streams(); print('\\u809d liver')"
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"\\u809d liver\n"


def test_a_warning_is_told_once_and_others_go_their_way(capsys):
    def warn():
        with told_once(UserWarning):
            for _ in range(2):
                warnings.warn("a package cannot be used", UserWarning, stacklevel=1)
            warnings.warn("old", DeprecationWarning, stacklevel=1)

    with pytest.warns(DeprecationWarning, match="old"):
        warn()
    assert capsys.readouterr().err == "warning: a package cannot be used\n"
