"""Freed memory goes back to the system."""

import platform

import pytest

from experiments.executors.worker import resident
from experiments.running.spare_memory import give_back


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs the C library of GNU")
def test_what_lies_free_between_used_memory_is_given_back():
    held = [bytes(100_000) for _ in range(3000)]
    kept = held[::50]
    del held
    before = resident()
    give_back()
    assert before is not None
    assert resident() < before - 100_000_000
    assert len(kept) == 60
