"""MIRP in a process of its own, since its ITK and SimpleITK do not bear each other: a script, and who talks to it.

As a script it reads questions as lines of JSON and answers each with a line: options to be checked, or files to be
measured. It ends when its standard input does.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

SETTINGS = (
    ("general_parameters", "get_general_settings"),
    ("image_processing_parameters", "get_post_processing_settings"),
    ("interpolation_parameters", "get_image_interpolation_settings"),
    ("interpolation_parameters", "get_mask_interpolation_settings"),
    ("resegmentation_parameters", "get_mask_resegmentation_settings"),
    ("feature_parameters", "get_feature_extraction_settings"),
    ("transformation_parameters", "get_image_transformation_settings"),
)
"""Where MIRP lists its options, but for those that perturb."""
WITHOUT = {"config_str", "mask_merge", "mask_split"}
"""Options by which an ROI would be another, or none."""
MODALITY = "image_modality"
"""An option of what is measured, not of how: whether intensities are units (`ct`, `pet`) or not (`mr`)."""
LOOK = 1.0
"""Seconds between looks in which a limit of the run can stop the wait."""


class MirpProcess:
    """The process, from the side of whoever asks it; started with the first question, and again if it ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._heard: queue.Queue[str] = queue.Queue()

    def ask(self, **question: Any) -> dict[str, Any]:
        """Give the answer to a question; raises `RuntimeError` if the process ends over it."""
        with self._lock:
            process = self._started()
            if process.stdin is None:
                raise RuntimeError("MIRP cannot be asked")
            try:
                process.stdin.write(json.dumps(question) + "\n")
                process.stdin.flush()
                answer = ""
                while not answer:
                    try:
                        answer = self._heard.get(timeout=LOOK)
                    except queue.Empty:
                        if process.poll() is not None:
                            raise RuntimeError(f"the process of MIRP ended with {process.returncode}") from None
            except BaseException:
                self._end()  # what it would still say belongs to this question
                raise
        found: dict[str, Any] = json.loads(answer)
        return found

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            self._heard = queue.Queue()
            command = [sys.executable, "-P", __file__]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self._process = subprocess.Popen(command, text=True, encoding="utf-8", **pipes)  # type: ignore[call-overload]  # noqa: S603  nothing of it is from a file
            threading.Thread(target=_hear, args=(self._process.stdout, self._heard), daemon=True).start()
        return self._process


def _hear(pipe: TextIO, heard: "queue.Queue[str]") -> None:
    with pipe:
        for line in pipe:
            heard.put(line)


def answered(question: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a question, in the process that has MIRP."""
    options = question["options"]
    try:
        if "image" not in question:
            return {"known": _known(), **_checked(options)}
        import mirp

        tables = mirp.extract_features(
            image=question["image"], mask=question["masks"], write_features=False, export_features=True, **options
        )
        rows = (row for table in tables or () if table is not None for row in table.to_dict("records"))
        return {"rows": [dict(_plain(row)) for row in rows]}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _known() -> list[str]:
    from importlib import import_module

    lists = (getattr(import_module(f"mirp.settings.{module}"), name)() for module, name in SETTINGS)
    return sorted({MODALITY, *(one["argument_key"] for listed in lists for one in listed)} - WITHOUT)


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    from mirp.settings.import_config_parameters import create_settings_object

    if set(options) - set(_known()):
        return {}
    settings = create_settings_object(**{name: value for name, value in options.items() if name != MODALITY})
    transform = settings.img_transform
    families = (settings.feature_extr, transform.feature_settings if transform.spatial_filters else None)
    return {"features": any(one is not None and one.has_any_feature_family() for one in families)}


def _plain(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        yield str(name), value if isinstance(value, str | int | float) else None


def _serve() -> None:
    questions: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            questions.put(line)
        os._exit(0)  # nobody waits for an answer any more

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what MIRP prints is no answer
    threading.Thread(target=listen, daemon=True).start()
    while True:
        answers.write(json.dumps(answered(json.loads(questions.get()))) + "\n")
        answers.flush()


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    _serve()
