"""How a request is refused: an exception that becomes an error answer (contract §5.6)."""

from __future__ import annotations

NOT_FOUND = "Requested entity could not be found."


class Refused(Exception):
    """The request is answered with an error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
