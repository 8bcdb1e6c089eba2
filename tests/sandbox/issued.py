"""Secrets that the sandbox issues; each holds a mark, so a test can search for all of them."""

from __future__ import annotations

import secrets

MARK = "CanarySandbox5f1e77"


def new_secret() -> str:
    """A text that nobody guesses, of letters and digits."""
    return MARK + secrets.token_hex(16)
