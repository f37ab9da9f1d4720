import sys

from harmonize.steps.keeper import LOG, keep

PRINTING = "import sys; print('out'); print('told', file=sys.stderr); sys.exit(4)"


def test_how_a_program_ends_is_told_and_what_it_printed_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("threading.Thread.start", lambda _thread: None)  # it would wait for the pipe of a script
    assert keep(20.0, str(tmp_path), [sys.executable, "-I", "-S", "-c", PRINTING]) == {"code": 4}
    assert sorted((tmp_path / LOG).read_text(encoding="utf-8").split()) == ["out", "told"]
    assert keep(0.2, str(tmp_path), [sys.executable, "-c", "import time; time.sleep(50)"]) == {"late": True}
    assert "no-such" in str(keep(1.0, str(tmp_path), ["/no-such/program"])["error"])
