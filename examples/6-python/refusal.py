"""Errors in the form of docs/protocol.md. The page reads `code`, and developers read `message`."""

from typing import Any

# Codes that are not listed are answered with 400.
STATUS_BY_CODE = {
    "unauthorized": 401,
    "forbidden": 403,
    "not-found": 404,
    "not-stored": 409,
    "mismatch": 409,
    "expired": 410,
    "gone": 410,
    "unavailable": 500,
}


class Refusal(Exception):
    """Refuses a call or one of its files. Never put a signed URL or a token into `message`."""

    def __init__(self, code: str, message: str, status: int | None = None, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or STATUS_BY_CODE.get(code, 400)
        self.details = details

    def body(self) -> dict[str, Any]:
        details = {"details": self.details} if self.details else {}
        return {"code": self.code, "message": self.message, **details}
