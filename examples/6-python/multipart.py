"""The calls for files that are sent in parts."""

import re

import storage
from fields import Json, read_list, read_token
from refusal import Refusal
from rules import final_key, open_grant, upload_key
from tokens import Grant

MAX_PART_NUMBERS = 1000
MULTIPART_FROM = 16 * 1024 * 1024
PART_SIZE = 8 * 1024 * 1024


def sign_parts(body: Json, user: str) -> Json:
    grant, upload_id = open_multipart(body, user)
    planned = planned_parts(grant)
    checksums = body.get("checksums")
    parts = []
    for number in dict.fromkeys(read_list(body, "partNumbers", MAX_PART_NUMBERS)):
        if type(number) is not int or number not in planned:
            raise Refusal("rejected", f'"partNumbers" are 1 to {len(planned)}.')
        checksum = checksums.get(str(number)) if isinstance(checksums, dict) else None
        if not isinstance(checksum, str) or not re.fullmatch(
            r"[A-Za-z0-9+/]{10}[AEIMQUYcgkosw048]=", checksum
        ):
            raise Refusal("rejected", f'"checksums.{number}" must be a CRC64NVME: 8 bytes in base64.')
        url = storage.sign_part(
            upload_key(grant), upload_id, number, planned[number], checksum, grant.signature_seconds
        )
        parts.append({"partNumber": number, "url": url, "headers": {"x-amz-checksum-crc64nvme": checksum}})
    return {"parts": parts}


def list_parts(body: Json, user: str) -> Json:
    grant, upload_id = open_multipart(body, user)
    parts = storage.list_parts(upload_key(grant), upload_id)
    if parts is None:
        raise Refusal("gone", "Storage does not know this multipart upload.")
    fields = [{"partNumber": p["PartNumber"], "size": p["Size"], "etag": p["ETag"].strip('"')} for p in parts]
    return {"parts": fields}


def complete(body: Json, user: str) -> Json:
    grant, upload_id = open_multipart(body, user)
    key = upload_key(grant)
    parts = storage.list_parts(key, upload_id)
    if parts is not None:
        planned = planned_parts(grant)
        stored = {part["PartNumber"]: part["Size"] for part in parts}
        if planned.keys() - stored.keys():
            raise Refusal("not-stored", f"{len(planned.keys() - stored.keys())} parts are not stored.")
        if stored != planned:
            raise Refusal("mismatch", "The stored parts do not have the planned sizes.")
        if storage.complete_parts(key, upload_id, parts):
            return {}
    # An earlier call completed it and its answer was lost, or it was confirmed since.
    found = storage.find(key) or storage.find(final_key(grant))
    if found is None or found.size != grant.size:
        raise Refusal("gone", "Storage does not know this multipart upload.")
    return {}


def open_multipart(body: Json, user: str) -> tuple[Grant, str]:
    grant = open_grant(read_token(body), user)
    if grant.upload_id is None:
        raise Refusal("rejected", "This upload has no parts.")
    return grant, grant.upload_id


def planned_parts(grant: Grant) -> dict[int, int]:
    """Sizes by part number. Only the last part is smaller."""
    starts = range(0, grant.size, PART_SIZE)
    return {number: min(PART_SIZE, grant.size - start) for number, start in enumerate(starts, 1)}
