"""The server: one URL for putaway, and the app's own messages."""

import re
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

import multipart
import storage
import uploads
from chat import Chat
from fields import Json, read_list, read_text
from refusal import STATUS_BY_CODE, Refusal
from tokens import Grant

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 512 * 1024
chat = Chat()


def current_user() -> str:
    """Replace this with your session check."""
    user = request.cookies.get("user", "")
    # The user becomes a part of keys, so it has no slash.
    if not re.fullmatch(r"[\w-]{36}", user, re.ASCII):
        raise Refusal("unauthorized", "Open the page first: it creates a user for you.")
    return user


def save_image(grant: Grant, result: Json) -> None:
    """Called for each confirmed upload, also when a page confirms again. Raise Refusal to refuse the file."""
    chat.add_image(grant.user, result["key"])


CALLS = {
    # The page then asks for a ticket per file.
    "policies": lambda body, user: {"policies": []},
    "presign": uploads.presign,
    "renew": uploads.renew,
    "confirm": lambda body, user: uploads.confirm(body, user, save_image),
    "discard": uploads.discard,
    "sign-parts": multipart.sign_parts,
    "list-parts": multipart.list_parts,
    "complete": multipart.complete,
}


@app.post("/api/uploads")
def upload_call() -> tuple[Response, int]:
    user = current_user()
    body = read_body()
    kind = body.get("type")
    call = CALLS.get(kind) if isinstance(kind, str) else None
    if call is None:
        raise Refusal("rejected", f'"type" must be one of {", ".join(CALLS)}.')
    answer = call(body, user)
    return jsonify(answer), status_of(answer)


def status_of(answer: Json) -> int:
    """200, or the status of the first error if every file was refused."""
    entries = answer.get("tickets") or answer.get("results") or []
    if not entries or not all("error" in each for each in entries):
        return 200
    return STATUS_BY_CODE.get(entries[0]["error"]["code"], 400)


def read_body() -> Json:
    # A form of another site cannot send this type, so it cannot use the user's cookie.
    if request.mimetype != "application/json":
        raise Refusal("rejected", "Send Content-Type: application/json.", status=415)
    try:
        body: Any = request.get_json()
    except RecursionError:
        raise Refusal("rejected", "The body is nested too deeply.") from None
    if not isinstance(body, dict):
        raise Refusal("rejected", "The body must be a JSON object.")
    return body


@app.get("/api/messages")
def messages() -> Response:
    def images(keys: list[str]) -> list[Json]:
        return [{"key": key, "url": storage.sign_get(key)} for key in keys]

    return jsonify([{"id": m.id, "text": m.text, "images": images(m.keys)} for m in reversed(chat.messages)])


@app.post("/api/messages")
def send_message() -> tuple[Response, int]:
    user = current_user()
    body = read_body()
    keys = [key for key in read_list(body, "images", 5) if isinstance(key, str)]
    chat.send(user, read_text(body, "text", shortest=0, longest=2000), keys)
    return jsonify({}), 201


@app.delete("/api/images/<path:key>")
def remove_image(key: str) -> tuple[str, int]:
    if chat.remove_image(current_user(), key):
        storage.remove(key)
    return "", 204


@app.errorhandler(Refusal)
def answer_refusal(refusal: Refusal) -> tuple[Response, int]:
    return jsonify({"error": refusal.body()}), refusal.status


@app.errorhandler(HTTPException)
def answer_http_error(error: HTTPException) -> tuple[Response, int, dict[str, str]]:
    body = {"error": {"code": "rejected", "message": error.description}}
    allow = {"Allow": "POST"} if error.code == 405 else {}
    return jsonify(body), error.code or 500, allow


@app.errorhandler(Exception)
def answer_unexpected(error: Exception) -> tuple[Response, int]:
    # Without its message, which may contain a URL or a token.
    app.logger.error("%s failed: %s", request.path, type(error).__name__)
    return answer_refusal(Refusal("unavailable", "The backend failed. Its log has the reason."))


@app.after_request
def forbid_caching(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
