"""Runs one program and sees to its end, whatever becomes of the process that wants it: a script of its own.

Called with the seconds that the program may take, a folder, and the command. It prints how the program ended as one
line of JSON, and ends with it all processes that the program has started. Where the pipe on standard input closes
first, as when a worker is killed, it ends the program and removes the folder.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

LOG = "log.txt"
"""What the program prints, in the folder."""


def keep(seconds: float, folder: str, command: list[str]) -> dict[str, object]:
    """Run a command in a folder, and tell how it ended.

    Returns
    -------
    dict
        Its exit `code`, negative for a signal; or `late`; or the `error` with which it could not be started.
    """
    with (Path(folder) / LOG).open("wb") as log:
        try:
            process = subprocess.Popen(  # noqa: S603  without a shell; whoever starts the run has allowed it
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        except (OSError, ValueError) as error:
            return {"error": str(error)}

    def watch() -> None:
        sys.stdin.buffer.read()
        _end(process)
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    try:
        return {"code": process.wait(seconds)}
    except subprocess.TimeoutExpired:
        return {"late": True}
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program with all that it has started."""
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:  # nothing is left of it
        pass
    process.wait()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever wants the program closes the pipe
    print(json.dumps(keep(float(sys.argv[1]), sys.argv[2], sys.argv[3:])), flush=True)
    os._exit(0)
