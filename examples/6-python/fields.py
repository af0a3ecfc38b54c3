"""Reads the fields of a call. Each function raises Refusal `rejected` with the name of the field."""

from typing import Any

from refusal import Refusal

Json = dict[str, Any]

MAX_BATCH = 50


def read_token(body: Json) -> str:
    return read_text(body, "token", longest=8192)


def read_list(body: Json, name: str, most: int) -> list[Any]:
    value = body.get(name)
    if isinstance(value, list) and len(value) <= most:
        return value
    raise Refusal("rejected", f'"{name}" must be a list of at most {most} entries.')


def read_batch(body: Json, name: str) -> list[Json]:
    entries = read_list(body, name, MAX_BATCH)
    if all(isinstance(each, dict) for each in entries):
        return entries
    raise Refusal("rejected", f'"{name}" must be a list of objects.')


def read_text(body: Json, name: str, shortest: int = 1, longest: int = 200) -> str:
    value = body.get(name)
    if isinstance(value, str) and shortest <= len(value) <= longest:
        return value
    raise Refusal("rejected", f'"{name}" must be a text of {shortest} to {longest} characters.')


def read_count(value: Any, name: str) -> int:
    # In Python, True is an int too.
    if type(value) is int and value >= 0:
        return value
    raise Refusal("rejected", f'"{name}" must be a whole number.')
