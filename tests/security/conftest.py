"""What the fuzz tests share: how long they look, and JSON documents that somebody has changed.

The suite looks briefly. ``RADHARMONY_FUZZ=5000 pytest tests/security -n 0`` looks at so many examples a test.
"""

import copy
import json
import math
import os
import shutil

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("RADHARMONY_FUZZ", "0"))

settings.register_profile(
    "fuzz",
    max_examples=EXAMPLES or 25,
    deadline=None,
    derandomize=not EXAMPLES,  # the suite looks at the same examples every time
    database=None,
    suppress_health_check=list(HealthCheck),
)

STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([2**31, 2**63, 2**64, -(2**70), 10**400, 10**4200]),
    st.floats(),
    st.sampled_from([math.inf, math.nan, 1e308, -1e308, 5e-324]),
    st.text(max_size=8),
    st.sampled_from(["", "\ud800", "\0", "\x1b[31m", "[/x]", "<script>", "../../x", "/etc/passwd", "=1+1", "x" * 5000]),
    st.recursive(st.integers(0, 2), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)),
    st.sampled_from([[], {}, [[]], [{}], {"": None}]),
)


@pytest.fixture(scope="session")
def changed():
    """Give a function that draws a changed copy of a JSON document: values replaced, removed, doubled, renamed."""
    return _changed


@pytest.fixture(scope="session")
def as_json():
    """Give a function that writes JSON as a stranger might: with NaN, and with infinity as a number too large."""
    return lambda document: json.dumps(document).replace("Infinity", "1e999")


@pytest.fixture(scope="session")
def damaged():
    """Give a function that draws bytes like others: some replaced, inserted or removed."""
    return _damaged


def _changed(data, document, most=3):
    document = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, most))):
        holder, key = _place(data, document)
        if holder is None:
            return copy.deepcopy(data.draw(STRANGE))
        action = data.draw(st.sampled_from(["replace", "replace", "replace", "remove", "double", "rename"]))
        if action == "replace":
            holder[key] = copy.deepcopy(data.draw(STRANGE))  # it may be changed in its turn
        elif action == "remove":
            del holder[key]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif action == "rename":
            holder[data.draw(st.text(max_size=5))] = holder.pop(key)
    return document


def _place(data, document):
    """Go down into the document, and stop somewhere."""
    holder, key, here = None, None, document
    while isinstance(here, dict | list) and here and (holder is None or data.draw(st.integers(0, 4))):
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        holder, here = here, here[key]
    return holder, key


def _damaged(data, content, most=4):
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, most))):
        at = data.draw(st.integers(0, len(content)))
        end = min(at + data.draw(st.integers(0, 4)), len(content))
        content[at:end] = data.draw(st.binary(max_size=4))
    return bytes(content)


@pytest.fixture(scope="session")
def finished(finished, tmp_path_factory):
    """Give the folder of a small run, as one without tracking leaves it; do not change it."""
    folder = tmp_path_factory.mktemp("untracked") / "out"
    kept = shutil.ignore_patterns("mlflow.db", "mlruns", "tracking.json")
    return shutil.copytree(finished.folder, folder, ignore=kept)
