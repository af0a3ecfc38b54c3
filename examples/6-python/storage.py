"""The bucket, through boto3: signs what the browser sends, and reads, copies and deletes objects."""

import os
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

BUCKET = os.environ.get("S3_BUCKET", "python")
ENDPOINT = os.environ.get("S3_ENDPOINT") or None
CHECKSUM = "CRC64NVME"

s3 = boto3.client(
    "s3",
    endpoint_url=ENDPOINT,
    region_name=os.environ.get("S3_REGION", "us-east-1"),
    # Without these two variables boto3 uses the role of the machine or ~/.aws.
    aws_access_key_id=os.environ.get("S3_ACCESS_KEY_ID") or None,
    aws_secret_access_key=os.environ.get("S3_SECRET_ACCESS_KEY") or None,
    config=Config(
        # boto3 may presign with SigV2, which does not sign Content-Length: storage would accept any size.
        signature_version="s3v4",
        # "virtual" signs for the host of the region. The global host redirects, and preflights then fail.
        s3={"addressing_style": "path" if ENDPOINT else "virtual"},
        # Otherwise boto3 signs the checksum of an empty body into a presigned PUT.
        request_checksum_calculation="when_required",
    ),
)


@dataclass(frozen=True)
class StoredObject:
    size: int
    type: str
    etag: str  # without quotes
    checksum: str | None  # CRC64NVME of the whole object, in base64


def sign_put(key: str, size: int, type: str, seconds: int) -> str:
    """Signs a PUT of exactly this size and type."""
    params = {"Bucket": BUCKET, "Key": key, "ContentType": type, "ContentLength": size}
    url: str = s3.generate_presigned_url("put_object", Params=params, ExpiresIn=seconds)
    return url


def sign_get(key: str) -> str:
    url: str = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=600)
    return url


def find(key: str) -> StoredObject | None:
    try:
        head = s3.head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if code_of(error) == "404":
            return None
        raise
    etag = head["ETag"].strip('"')
    # A COMPOSITE checksum is made of the parts' checksums and does not compare with that of the file.
    is_whole = head.get("ChecksumType") != "COMPOSITE"
    checksum = head.get(f"Checksum{CHECKSUM}") if is_whole else None
    return StoredObject(head["ContentLength"], head["ContentType"], etag, checksum)


def copy(source: str, etag: str, target: str) -> bool:
    """Copies the object if it still has this ETag. CopyObject accepts at most 5 GiB."""
    try:
        s3.copy_object(
            Bucket=BUCKET, Key=target, CopySource={"Bucket": BUCKET, "Key": source}, CopySourceIfMatch=etag
        )
    except ClientError as error:
        if code_of(error) in ("PreconditionFailed", "412", "NoSuchKey", "404"):
            return False
        raise
    return True


def remove(key: str) -> None:
    s3.delete_object(Bucket=BUCKET, Key=key)


def open_parts(key: str, type: str) -> str:
    """Starts a multipart upload and returns its id."""
    created = s3.create_multipart_upload(
        Bucket=BUCKET, Key=key, ContentType=type, ChecksumAlgorithm=CHECKSUM, ChecksumType="FULL_OBJECT"
    )
    upload_id: str = created["UploadId"]
    return upload_id


def sign_part(key: str, upload_id: str, number: int, size: int, checksum: str, seconds: int) -> str:
    params = {
        "Bucket": BUCKET,
        "Key": key,
        "UploadId": upload_id,
        "PartNumber": number,
        "ContentLength": size,
    }
    url: str = s3.generate_presigned_url(
        "upload_part", Params={**params, f"Checksum{CHECKSUM}": checksum}, ExpiresIn=seconds
    )
    return url


def list_parts(key: str, upload_id: str) -> list[dict[str, Any]] | None:
    """Returns the stored parts of all pages, or None if storage does not know the upload."""
    try:
        pages = s3.get_paginator("list_parts").paginate(Bucket=BUCKET, Key=key, UploadId=upload_id)
        return [part for page in pages for part in page.get("Parts", [])]
    except ClientError as error:
        if code_of(error) == "NoSuchUpload":
            return None
        raise


def complete_parts(key: str, upload_id: str, parts: list[dict[str, Any]]) -> bool:
    names = ("PartNumber", "ETag", f"Checksum{CHECKSUM}")
    listed = [{name: part[name] for name in names if name in part} for part in parts]
    try:
        s3.complete_multipart_upload(
            Bucket=BUCKET,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": listed},
            ChecksumType="FULL_OBJECT",
        )
    except ClientError as error:
        if code_of(error) == "NoSuchUpload":
            return False
        raise
    return True


def abort_parts(key: str, upload_id: str) -> None:
    try:
        s3.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload_id)
    except ClientError as error:
        if code_of(error) != "NoSuchUpload":
            raise


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
