import socket

import pytest

from experiments.executors.address import check_address, refuse_silent_scheduler
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize(
    "address",
    ["tcp://127.0.0.1:8786", "tls://node-1.cluster:8786", "127.0.0.1:8786", "ws://host:80", "tcp://[::1]:8786"],
)
def test_what_dask_accepts_is_accepted(address):
    assert check_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "tcp://127.0.0.1", "http://foo:1", "tcp://:8786", "tcp://host:0", "tcp://host:70000"),
        *("tcp://host:8786/", "tcp://host:port", "::1:8786", ""),
    ],
)
def test_another_form_is_refused_with_the_right_one(address, golden):
    with golden.error(ConfigurationError):
        check_address(address)


def test_a_port_where_somebody_listens_passes_and_one_where_nobody_does_not(golden):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        with golden.error(ConfigurationError, varies=r"(?<=127.0.0.1:)\d+|(?<=\().*(?=\))"):
            refuse_silent_scheduler(address)
        listener.listen()
        refuse_silent_scheduler(address)
