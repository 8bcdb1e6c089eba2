"""A relay in front of a server, for what happens to connections on their way: cut, closed, silent."""

from __future__ import annotations

import select
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Callable, Optional

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends RST
ROUND_SECONDS = 0.05
CHUNK = 16384


@dataclass(frozen=True)
class Fate:
    """What becomes of one connection, once so many bytes of the server were passed on."""

    then: str = ""  # "reset", "close", "silence"; nothing: the connection lives as long as it likes
    after: int = 0
    pause_seconds: float = 0.0  # between those bytes and that
    wait: Optional[Callable[[], None]] = None  # before the server is asked


class Relay:
    """Listens on a port of the loopback and passes on what comes, as the fates say."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._fates: list[Fate] = []
        self._last = Fate()
        self._ended = threading.Event()
        self.connections = 0
        self._cuts = 0
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def decides(self, *fates: Fate, last: Fate = Fate()) -> None:
        """The next connections meet these in their order, all later ones the last."""
        self._fates, self._last, self.connections = [*fates], last, 0

    def cut(self) -> None:
        """Resets all connections there are; they are gone then."""
        standing = self._threads[1:]
        self._cuts += 1
        for thread in standing:
            thread.join()
            self._threads.remove(thread)

    def stop(self) -> None:
        """Ends all connections."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            ready, _, _ = select.select([self._listener], [], [], ROUND_SECONDS)
            if not ready:
                continue
            client, _ = self._listener.accept()
            fate = self._fates.pop(0) if self._fates else self._last
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(client, fate, self._cuts))
            thread.start()
            self._threads.append(thread)

    def _serve(self, client: socket.socket, fate: Fate, cuts: int) -> None:
        with client:
            try:
                if fate.wait is not None:
                    fate.wait()
                with socket.create_connection(("127.0.0.1", self._port)) as server:
                    self._pass_on(client, server, fate, cuts)
            except OSError:
                return  # one of the two has gone

    def _pass_on(self, client: socket.socket, server: socket.socket, fate: Fate,
                 cuts: int) -> None:
        left = fate.after if fate.then else None
        while not self._ended.is_set():
            ready, _, _ = select.select([client, server], [], [], ROUND_SECONDS)
            if cuts != self._cuts:
                self._finish(client, Fate("reset"), cuts)
                return
            if client in ready:
                data = client.recv(CHUNK)
                if not data:
                    return
                server.sendall(data)
            if server in ready:
                data = server.recv(CHUNK)
                if not data:
                    return
                client.sendall(data[:left])
                if left is not None and len(data) >= left:
                    self._finish(client, fate, cuts)
                    return
                left = None if left is None else left - len(data)

    def _finish(self, client: socket.socket, fate: Fate, cuts: int) -> None:
        self._ended.wait(fate.pause_seconds)
        if fate.then == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        while fate.then == "silence" and not self._ended.is_set() and cuts == self._cuts:
            ready, _, _ = select.select([client], [], [], ROUND_SECONDS)
            if ready and not client.recv(CHUNK):
                return
