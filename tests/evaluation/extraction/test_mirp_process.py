from importlib.util import find_spec

import pytest

from evaluation.extraction.mirp_process import MirpProcess, answered


def test_what_goes_wrong_is_an_answer(monkeypatch):
    monkeypatch.setattr("evaluation.extraction.mirp_process._known", lambda: ["a"])
    monkeypatch.setattr("evaluation.extraction.mirp_process._checked", lambda _options: 1 / 0)
    assert answered({"options": {}})["error"].startswith("ZeroDivisionError")


@pytest.mark.skipif(find_spec("mirp") is None, reason="needs the extra mirp")
def test_a_process_that_ended_is_started_again():
    asked = MirpProcess()
    assert asked.ask(options={})["features"] is False
    asked._process.kill()
    asked._process.wait()
    assert "glcm_distance" in asked.ask(options={})["known"]
    number = asked._process.pid
    assert "stuff" in asked.ask(options={"base_feature_families": "stuff"})["error"]
    assert asked._process.pid == number
    asked._process.stdin.close()
    assert asked._process.wait(10) == 0
