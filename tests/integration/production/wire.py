"""A wire between Lunas and a server: it may be slow, silent or cut."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 65_536


@dataclass(slots=True)
class Wire:
    """Passes bytes on to a port of this machine, each packet `delay` seconds late."""

    target: int
    delay: float = 0.0
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _ends: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cut: bool = False

    @property
    def port(self) -> int:
        """Where it is reached."""
        port: int = self.listener.getsockname()[1]
        return port

    def run(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                try:
                    if self._cut:
                        raise ConnectionRefusedError
                    far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                    far.settimeout(None)
                except OSError:
                    near.close()
                    continue
                with self._lock:
                    self._ends += [near, far]
                for here, there in ((near, far), (far, near)):
                    for end in (here, there):
                        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._pass, args=(here, there), daemon=True).start()

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Every connection ends now, and none is made meanwhile."""
        self._cut = True
        self._end_all()
        try:
            yield
        finally:
            self._cut = False

    @contextmanager
    def slow(self, delay: float) -> Iterator[None]:
        """Each packet, either way, is so many seconds late."""
        self.delay = delay
        try:
            yield
        finally:
            self.delay = 0.0

    def close(self) -> None:
        """Nothing passes any more."""
        self._cut = True
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._end_all()

    def _pass(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while packet := here.recv(CHUNK):
                if self.delay:
                    time.sleep(self.delay)
                there.sendall(packet)
        for end in (here, there):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _end_all(self) -> None:
        with self._lock:
            ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def a_wire(target: int) -> Iterator[Wire]:
    """A wire to that port, on a thread of its own."""
    wire = Wire(target)
    thread = threading.Thread(target=wire.run, name="wire", daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.close()
        thread.join(5)
