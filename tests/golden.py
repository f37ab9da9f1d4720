"""Texts that users read stand in messages.txt, as tests met them; the tests themselves assert kinds.

`python -m pytest --rewrite-messages` writes anew what the tests that ran met; the difference is what a reviewer reads.
"""

import functools
import os
import re
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

GOLDEN = Path(__file__).with_name("messages.txt")
HEAD = "What users are told, by the tests that meet it. `python -m pytest --rewrite-messages` writes this file."
INDENT, MORE = " " * 4, " " * 4 + "| "
OPTION = "--rewrite-messages"
NOTHING = "(?!)"


class Golden:
    """What one test met, in its order, and what messages.txt says that it meets."""

    def __init__(self, item, places):
        self.places = places
        self.entry = place_of(item)
        self.rewrite = item.config.getoption(OPTION)
        self.wanted = from_file().get(self.entry, [])
        self.met = []

    @contextmanager
    def error(self, kind, *, varies=NOTHING):
        """Expect an error of exactly this class, as `pytest.raises` does of its kind, and compare its text.

        What fits `varies` is left out: words of another library, which its next version may change, a port, a process.
        """
        with pytest.raises(kind) as caught:
            yield caught
        assert type(caught.value) is kind, repr(caught.value)
        self.text(f"{kind.__name__}: {caught.value}", varies=varies)

    @contextmanager
    def warning(self, kind, *, varies=NOTHING):
        """Expect warnings of exactly this class and no other, and compare their texts."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield caught
        assert {one.category for one in caught} == {kind}, [str(one) for one in caught]
        for text in dict.fromkeys(str(one.message) for one in caught):
            self.text(f"{kind.__name__}: {text}", varies=varies)

    def text(self, text, *, varies=NOTHING):
        """Compare a text, such as the output of a command, but for the places of this machine."""
        text = re.sub(varies, "[...]", text, flags=re.DOTALL)
        for folder, name in self.places():
            text = re.sub(re.escape(str(folder)) + r"[\w\\/.-]*", functools.partial(_plainly, str(folder), name), text)
        self.met.append("\n".join(line.rstrip() for line in text.rstrip().split("\n")))
        if not self.rewrite:
            self._compare(self.wanted[: len(self.met)])

    def end(self):
        """Compare how many texts there were, or write them down."""
        if self.rewrite:
            with FileLock(GOLDEN.with_suffix(".lock")):
                write_golden({**read_golden(), self.entry: self.met})
        else:
            self._compare(self.wanted)

    def _compare(self, wanted):
        if self.met != wanted:
            texts = "\n".join(self.met), "\n".join(wanted)
            advice = f"if that is meant: python -m pytest {OPTION} {self.entry[0]}"
            pytest.fail("users read\n\n{}\n\nand in tests/messages.txt stands\n\n{}\n\n".format(*texts) + advice)


def _plainly(folder, name, match):
    return name + match.group()[len(folder) :].replace(os.sep, "/")


def place_of(item):
    """Give the names of a test's file and of itself, as messages.txt has them."""
    file, _, name = item.nodeid.partition("::")
    return file, name


def read_golden():
    """Give the texts that each test meets, by the names of its file and of itself."""
    found, file, texts = {}, "", []
    for line in GOLDEN.read_text(encoding="utf-8").split("\n")[1:]:
        if line.startswith(MORE.rstrip()):
            texts[-1] += "\n" + line[len(MORE) :]
        elif line.startswith(INDENT):
            texts.append(line[len(INDENT) :])
        elif line.startswith("tests/"):
            file = line
        elif line:
            texts = found[file, line] = texts if not texts else []  # tests with the same texts stand together
    return found


@functools.cache
def from_file():
    """Give what messages.txt held when the tests began."""
    return read_golden()


def write_golden(entries):
    """Write the document: files, their tests, and what these meet, once for all parameters of a test that meet it."""
    lines, last = [HEAD], ""
    groups = {}
    for (file, name), texts in sorted(entries.items()):
        if texts:
            groups.setdefault((file, name.partition("[")[0], *texts), []).append(name)
    for (file, _, *texts), names in groups.items():
        lines += ["", file] if file != last else []
        last = file
        texts = [INDENT + text.replace("\n", f"\n{MORE}") for text in texts]
        lines += ["", *names, *texts]
    text = re.sub(r"(?m) +$", "", "\n".join(lines))
    GOLDEN.write_text(text + "\n", encoding="utf-8", newline="\n")
