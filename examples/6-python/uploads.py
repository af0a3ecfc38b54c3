"""The calls of docs/protocol.md. Each function takes the JSON of a call and returns the answer."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

import storage
from fields import MAX_BATCH, Json, read_batch, read_count, read_list, read_text, read_token
from multipart import MULTIPART_FROM, PART_SIZE
from refusal import Refusal
from rules import DEFAULT_ROUTE, check_rules, final_key, open_grant, upload_key
from tokens import TOKEN_SECONDS, Grant, issue_token, now_ms, open_token


def presign(body: Json, user: str) -> Json:
    files = read_batch(body, "files")
    ids = [read_text(file, "id") for file in files]

    def ticket(file: Json) -> Json:
        if ids.count(file["id"]) > 1:
            raise Refusal("rejected", "Another file of the call has the same id.")
        grant = Grant(
            id=str(uuid.uuid4()),
            user=user,
            route=DEFAULT_ROUTE if file.get("route") is None else read_text(file, "route"),
            name=read_text(file, "name", longest=1024),
            size=read_count(file.get("size"), "size"),
            type=read_text(file, "type"),
            expires_at=now_ms() + TOKEN_SECONDS * 1000,
        )
        check_rules(grant)
        if grant.size >= MULTIPART_FROM:
            grant = replace(grant, upload_id=storage.open_parts(upload_key(grant), grant.type))
        return ticket_of(grant)

    return {"tickets": [entry(file, "ticket", ticket) for file in files]}


def renew(body: Json, user: str) -> Json:
    return {"ticket": ticket_of(open_grant(read_token(body), user))}


def confirm(body: Json, user: str, on_confirm: Callable[[Grant, Json], None]) -> Json:
    receipts = read_batch(body, "receipts")
    for receipt in receipts:
        read_text(receipt, "id")

    def result(receipt: Json) -> Json:
        grant = open_grant(read_token(receipt), user)
        stored = keep(grant, receipt)
        key = final_key(grant)
        checksum = checksum_of(receipt)
        result = {
            "id": grant.id,
            "key": key,
            "name": grant.name,
            "size": stored.size,
            "type": stored.type,
            "url": storage.sign_get(key),
            # Every part of a multipart upload was signed with its checksum.
            "verified": stored.checksum is not None and (grant.upload_id is not None or checksum is not None),
        }
        on_confirm(grant, result)
        return result

    return {"results": [entry(receipt, "result", result) for receipt in receipts]}


def discard(body: Json, user: str) -> Json:
    first: Refusal | None = None
    for token in read_list(body, "tokens", MAX_BATCH):
        try:
            grant = open_token(token if isinstance(token, str) else "", user)
            # Aborts first: a concurrent complete would leave an object. The copy of a confirmed file stays.
            if grant.upload_id:
                storage.abort_parts(upload_key(grant), grant.upload_id)
            storage.remove(upload_key(grant))
        except Refusal as refusal:
            first = first or refusal
    if first:
        raise first
    return {}


def ticket_of(grant: Grant) -> Json:
    key = upload_key(grant)
    ticket = {"key": key, "token": issue_token(grant), "checksum": storage.CHECKSUM}
    if grant.upload_id:
        multipart = {"kind": "multipart", "uploadId": grant.upload_id, "partSize": PART_SIZE}
        return {**ticket, **multipart, "expiresAt": grant.expires_at}
    seconds = grant.signature_seconds
    url = storage.sign_put(key, grant.size, grant.type, seconds)
    put = {"kind": "put", "url": url, "headers": {"Content-Type": grant.type}}
    return {**ticket, **put, "expiresAt": now_ms() + seconds * 1000}


def keep(grant: Grant, receipt: Json) -> storage.StoredObject:
    """Checks the upload and copies that version to its final key. A repeated call returns the same object."""
    # Reads the upload before the copy: if it was written again after it was copied, the copy is found.
    uploaded = storage.find(upload_key(grant))
    kept = storage.find(final_key(grant))
    if kept is None:
        if uploaded is None:
            raise Refusal("not-stored", "The object does not exist.")
        try:
            check_object(grant, receipt, uploaded)
        except Refusal:
            storage.remove(upload_key(grant))
            raise
        copied = storage.copy(upload_key(grant), uploaded.etag, final_key(grant))
        # If it was not copied, a confirm at the same time was faster, or the upload was written again.
        kept = uploaded if copied else storage.find(final_key(grant))
        if kept is None:
            raise Refusal("mismatch", "The object was replaced while it was confirmed.")
    else:
        check_checksum(receipt, kept)
    storage.remove(upload_key(grant))
    return kept


def check_object(grant: Grant, receipt: Json, stored: storage.StoredObject) -> None:
    if (stored.size, stored.type) != (grant.size, grant.type):
        raise Refusal("mismatch", "The object does not have the size and type of its ticket.")
    etag = receipt.get("etag")
    if isinstance(etag, str) and etag != stored.etag:
        raise Refusal("mismatch", "The object was replaced: it has another ETag.")
    check_checksum(receipt, stored)


def check_checksum(receipt: Json, stored: storage.StoredObject) -> None:
    checksum = checksum_of(receipt)
    if checksum is not None and stored.checksum is not None and checksum != stored.checksum:
        raise Refusal("mismatch", "The object does not have the checksum of the file.")


def checksum_of(receipt: Json) -> str | None:
    checksum = receipt.get("checksum")
    if not isinstance(checksum, dict) or checksum.get("algorithm") != storage.CHECKSUM:
        return None
    return read_text(checksum, "value")


def entry(item: Json, field: str, step: Callable[[Json], Json]) -> Json:
    """The answer for one file. An error of one file does not stop the others."""
    try:
        return {"id": item["id"], field: step(item)}
    except Refusal as refusal:
        return {"id": item["id"], "error": refusal.body()}
    except (BotoCoreError, ClientError) as error:
        logging.error("Storage failed: %s", type(error).__name__)
        return {"id": item["id"], "error": Refusal("unavailable", "Storage failed.").body()}
