"""The app's data: messages with images. Replace it with your database."""

from dataclasses import dataclass, field
from threading import Lock

from refusal import Refusal


@dataclass
class Image:
    owner: str
    message: int | None = None


@dataclass
class Message:
    id: int
    text: str
    keys: list[str]


@dataclass
class Chat:
    images: dict[str, Image] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def add_image(self, owner: str, key: str) -> None:
        """Saves an image that is stored and checked. A repeated call changes nothing."""
        with self.lock:
            self.images.setdefault(key, Image(owner))

    def remove_image(self, owner: str, key: str) -> bool:
        """Returns whether the object may be deleted: it belongs to this user and is in no message."""
        with self.lock:
            image = self.images.get(key)
            if image is None or image.owner != owner or image.message is not None:
                return False
            del self.images[key]
            return True

    def send(self, owner: str, text: str, keys: list[str]) -> None:
        with self.lock:
            message = Message(len(self.messages) + 1, text, keys)
            images = [self.images.get(key) for key in dict.fromkeys(keys)]
            if len(images) < len(keys) or not all(
                i and i.owner == owner and i.message is None for i in images
            ):
                raise Refusal("rejected", "An image does not exist, or was already sent.", status=409)
            for key in keys:
                self.images[key].message = message.id
            self.messages.append(message)
