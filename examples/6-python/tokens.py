"""Signed tokens. A token holds all that the backend must know about an upload, so it keeps no state."""

import base64
import hashlib
import hmac
import json
import os
import time
from dataclasses import asdict, dataclass

from refusal import Refusal

SECRET = os.environ["UPLOAD_SECRET"].encode()
if len(SECRET) < 32:
    raise ValueError("UPLOAD_SECRET needs at least 32 characters: openssl rand -hex 32")

# The page may be open for a day. A signature for storage expires after minutes, and the page renews it.
TOKEN_SECONDS = 24 * 60 * 60
SIGNATURE_SECONDS = 5 * 60


@dataclass(frozen=True)
class Grant:
    """The values that presign granted to one user for one file."""

    id: str
    user: str
    route: str
    name: str
    size: int
    type: str
    expires_at: int  # epoch milliseconds
    upload_id: str | None = None  # of a multipart upload

    @property
    def signature_seconds(self) -> int:
        """The lifetime of a signature. It does not exceed that of the token."""
        return max(1, min(SIGNATURE_SECONDS, (self.expires_at - now_ms()) // 1000))


def now_ms() -> int:
    return int(time.time() * 1000)


def issue_token(grant: Grant) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(asdict(grant)).encode()).decode()
    return f"{payload}.{_sign(payload)}"


def open_token(token: str, user: str) -> Grant:
    """Returns the grant. Raises Refusal `forbidden` or `expired`."""
    payload, _, signature = token.rpartition(".")
    # Bytes, because compare_digest raises a TypeError for text that is not ASCII.
    if not hmac.compare_digest(_sign(payload).encode(), signature.encode("utf-8", "replace")):
        raise Refusal("forbidden", "The token is not valid.")
    grant = Grant(**json.loads(base64.urlsafe_b64decode(payload)))
    if grant.user != user:
        raise Refusal("forbidden", "The token belongs to another user.")
    if grant.expires_at <= now_ms():
        raise Refusal("expired", "The token has expired.")
    return grant


def _sign(payload: str) -> str:
    # The prefix names the purpose: a signature that the app makes with the same secret elsewhere is no token.
    message = f"upload-token.{payload}".encode("utf-8", "replace")
    return hmac.new(SECRET, message, hashlib.sha256).hexdigest()
