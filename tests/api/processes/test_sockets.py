"""The sockets of several processes: one port, which nobody else gets, and connections to all of them."""

import errno
import socket
import sys

import pytest

from api.processes.sockets import listening

HERE = (socket.AF_INET, "127.0.0.1")


def test_one_process_has_one_socket_that_is_its_own() -> None:
    with listening(*HERE, 0, 1) as sockets:
        (only,) = sockets
        assert only.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT) == 0
    assert only.fileno() < 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all share one socket")
def test_connections_come_to_every_socket_of_a_port() -> None:
    """Of 64, none gets less than 8: the odds are below one in a thousand million."""
    with listening(*HERE, 0, 2) as sockets:
        address = sockets[0].getsockname()
        assert [each.getsockname() for each in sockets] == [address] * 2
        clients = [socket.create_connection(address) for _ in range(64)]
        accepted = [_accepted(each) for each in sockets]
        for each in clients:
            each.close()
    assert sum(accepted) == 64
    assert min(accepted) >= 8


def _accepted(listener: socket.socket) -> int:
    listener.setblocking(False)
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


@pytest.mark.parametrize("processes", [1, 2])
def test_a_port_that_another_server_shares_with_its_own_processes_is_taken(processes: int) -> None:
    with (
        listening(*HERE, 0, 2) as sockets,
        pytest.raises(OSError, match="in use") as refused,
        listening(*HERE, sockets[0].getsockname()[1], processes),
    ):
        pass
    assert refused.value.errno == errno.EADDRINUSE


def test_elsewhere_all_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with listening(*HERE, 0, 3) as sockets:
        assert len(sockets) == 1
