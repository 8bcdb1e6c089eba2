"""A Unix socket in front of another one, whose link can be cut and stalled."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

CHUNK = 65536


class Link:
    """Passes bytes both ways, as long as it is let."""

    def __init__(self, front: Path, back: Path) -> None:
        self.back = back
        self._flows = threading.Event()
        self._flows.set()
        self._is_up = threading.Event()
        self._is_up.set()
        self._lock = threading.Lock()
        self.chunks = 0  # that came from who calls
        self._open: set[socket.socket] = set()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(front))
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        try:
            if not self._is_up.is_set():
                raise ConnectionRefusedError
            server.connect(str(self.back))
        except OSError:
            client.close()
            server.close()
            return
        with self._lock:
            self._open |= {client, server}
        for source, sink, asks in ((client, server, True), (server, client, False)):
            threading.Thread(target=self._pump, args=(source, sink, asks), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, asks: bool) -> None:
        try:
            while data := source.recv(CHUNK):
                self.chunks += asks
                self._flows.wait()
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            self._end(end)

    def _end(self, end: socket.socket) -> None:
        with self._lock:
            self._open.discard(end)
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()

    def cut(self) -> None:
        """Ends all connections and takes no other."""
        self._is_up.clear()
        with self._lock:
            ends = [*self._open]
        for end in ends:
            self._end(end)

    def mend(self) -> None:
        """Takes connections again."""
        self._is_up.set()

    def stall(self) -> None:
        """Keeps what comes, without an end."""
        self._flows.clear()

    def flow(self) -> None:
        """Passes it on, and what comes."""
        self._flows.set()

    def stop(self) -> None:
        """Ends it all."""
        self._flows.set()
        self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
