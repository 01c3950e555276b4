"""A door before a server of MongoDB's protocol, at which acknowledgements can be lost."""

import socket
import struct
import threading
from contextlib import suppress
from typing import Self, final

WRITES = frozenset({b"insert", b"update", b"delete", b"findAndModify", b"findandmodify"})
_OP_MSG = 2_013
_HEADER = struct.Struct("<iiii")
_LONGEST = 48_000_000


@final
class Door:
    """Passes everything on, until it is told otherwise; it reads no more than a command's name."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self._open = True
        self._closed = False
        self._losing = False
        self._let_pass = 0
        self._to_lose = -1
        self._last_write = False
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._welcome, name="door", daemon=True).start()

    # -- what it may be told ---------------------------------------------------------------------

    def lose_acknowledgements(self, after: int = 0) -> None:
        """From now on hand each write on (the first `after` of them with their answers), and cut
        the connection before its answer.
        """
        with self._lock:
            self._losing, self._let_pass, self._to_lose = True, after, -1

    def lose_one_acknowledgement(self) -> None:
        """Do it once: the driver finds its second try answered."""
        with self._lock:
            self._losing, self._let_pass, self._to_lose = True, 0, 1

    def shut_after_a_write(self) -> None:
        """Hand one more write on, and its answer back; then be shut."""
        self._last_write = True

    def shut(self) -> None:
        """Cut every connection, and each new one at once."""
        self._open = False
        self._cut_all()

    def open(self) -> None:
        """Pass everything on again."""
        self._open, self._losing, self._last_write = True, False, False

    def close(self) -> None:
        """End."""
        self._closed = True
        self._listener.close()
        self._cut_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it does ----------------------------------------------------------------------------

    def _welcome(self) -> None:
        while not self._closed:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            if not self._open:
                _cut(caller)
                continue
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._behind))
        except OSError:
            _cut(caller)
            return
        with self._lock:
            self._sockets |= {caller, server}
        try:
            while self._open:
                asked = _message(caller)
                server.sendall(asked)
                answer = _message(server)
                if _command(asked) in WRITES and self._loses():
                    break
                if self._last_write and _command(asked) in WRITES:
                    self._open = False
                caller.sendall(answer)
        except (OSError, EOFError):
            pass
        finally:
            with self._lock:
                self._sockets -= {caller, server}
            _cut(caller)
            _cut(server)

    def _loses(self) -> bool:
        with self._lock:
            if not self._losing:
                return False
            if self._let_pass > 0:
                self._let_pass -= 1
                return False
            self._to_lose -= 1
            self._losing = self._to_lose != 0
            return True

    def _cut_all(self) -> None:
        with self._lock:
            sockets = list(self._sockets)
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def _message(source: socket.socket) -> bytes:
    head = _exactly(source, _HEADER.size)
    length = _HEADER.unpack(head)[0]
    assert _HEADER.size <= length <= _LONGEST, "no message of MongoDB's"
    return head + _exactly(source, length - _HEADER.size)


def _exactly(source: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = source.recv(count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _command(message: bytes) -> bytes:
    """The name of an OP_MSG's command: the first key of its first document."""
    if _HEADER.unpack_from(message)[3] != _OP_MSG:
        return b""
    first = _HEADER.size + 4 + 1 + 4 + 1
    return message[first : message.index(b"\0", first)]


def _cut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
