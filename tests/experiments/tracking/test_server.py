import socket
import urllib.request

import pytest

from experiments.tracking.problems import TrackingError
from experiments.tracking.server import serving
from experiments.tracking.store import TrackingStore

psutil = pytest.importorskip("psutil", reason="finds the processes that a server starts")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    file = tmp_path_factory.mktemp("100 % #1") / "mlflow.db"
    TrackingStore(f"sqlite:///{str(file).replace('%', '%25').replace('#', '%23')}")
    return file


def test_it_answers_here_alone_and_ends_with_what_it_started(file, free_port, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    before = sorted(file.parent.iterdir())
    with serving(file, free_port) as (address, process):
        assert address == f"http://127.0.0.1:{free_port}"
        with urllib.request.urlopen(f"{address}/health", timeout=60) as answer:  # noqa: S310 (our own address)
            assert answer.read() == b"OK"
        server = psutil.Process(process.pid)
        family = [server, *server.children(recursive=True)]
        assert len(family) > 1
        assert {one.laddr.ip for each in family for one in each.net_connections() if one.status == "LISTEN"} == {
            "127.0.0.1"
        }
        assert all(one.environ()["MLFLOW_DISABLE_TELEMETRY"] == "true" for one in family)
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert sorted(file.parent.iterdir()) == before


def test_an_error_while_it_is_up_ends_it_too(file):
    with pytest.raises(KeyboardInterrupt), serving(file) as (_, process):
        raise KeyboardInterrupt
    assert process.returncode is not None


def test_a_port_in_use_is_told_before_anything_is_started(file, golden):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with golden.error(TrackingError, varies=rf"(?<=port=){port}|(?<=used \().*(?=\))"), serving(file, port):
            pass


def test_a_server_that_cannot_start_says_why(file, monkeypatch, tmp_path, golden):
    (tmp_path / "mlflow.py").write_text("raise SystemExit('no such thing')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with golden.error(TrackingError), serving(file):
        pass
