"""The files that each route takes, and the keys that they get."""

from dataclasses import dataclass

from refusal import Refusal
from tokens import Grant, open_token


@dataclass(frozen=True)
class Route:
    extensions: dict[str, str]  # by accepted type
    max_size: int


# No SVG and no HTML: a browser runs them as a page.
ROUTES = {
    "photos": Route({"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}, max_size=2_000_000),
    "videos": Route({"video/mp4": "mp4", "video/quicktime": "mov"}, max_size=5_000_000_000),
}
DEFAULT_ROUTE = "photos"


def check_rules(grant: Grant) -> None:
    route = ROUTES.get(grant.route)
    if route is None:
        raise Refusal("not-found", "There is no such route.")
    if grant.type not in route.extensions:
        raise Refusal("wrong-type", "The route does not take this type.", accept=list(route.extensions))
    if grant.size == 0:
        raise Refusal("empty", "The file has no bytes.")
    if grant.size > route.max_size:
        raise Refusal("too-large", f"Files have at most {route.max_size} bytes.", maxSize=route.max_size)


def open_grant(token: str, user: str) -> Grant:
    """Checks the rules again: they may have changed since presign."""
    grant = open_token(token, user)
    check_rules(grant)
    return grant


def upload_key(grant: Grant) -> str:
    """The key that the ticket can write. A lifecycle rule of the bucket deletes old objects of `uploads/`."""
    return f"uploads/{grant.user}/{grant.id}"


def final_key(grant: Grant) -> str:
    """The key that no ticket can write."""
    return f"files/{grant.user}/{grant.id}.{ROUTES[grant.route].extensions[grant.type]}"
