"""The sockets that a server listens on, all at one address."""

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

BACKLOG = 2048


@contextmanager
def listening(family: socket.AddressFamily, address: str, port: int, processes: int) -> Iterator[list[socket.socket]]:
    """Listen at an address while the context lasts, with a socket for each process, or with one that all share.

    Linux spreads connections over the sockets of a port. Elsewhere the processes share one, and whichever comes
    first accepts.

    Raises
    ------
    OSError
        If the address cannot be used, or somebody listens there.
    """
    with ExitStack() as stack:
        # Bound before it is shared: a port is found taken even by another server that shares it with its own.
        first = stack.enter_context(socket.create_server((address, port), family=family, backlog=BACKLOG))
        sockets = [first]
        if processes > 1 and sys.platform == "linux":
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            chosen = (address, first.getsockname()[1])
            for _ in range(processes - 1):
                other = socket.create_server(chosen, family=family, backlog=BACKLOG, reuse_port=True)
                sockets.append(stack.enter_context(other))
        yield sockets
