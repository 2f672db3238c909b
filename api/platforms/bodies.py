"""Bodies of requests as exports hold them, read to learn what to look for."""

from api.platforms.errors import PayloadError, PlatformRequestError
from api.platforms.said import Said, read_json


def read_body(content: bytes | str, what: str) -> tuple[str, Said]:
    """Return the text of a body, byte for byte, and the JSON that it holds.

    Parameters
    ----------
    content : as an export's document holds it, in UTF-8
    what : for messages

    Raises
    ------
    PlatformRequestError
        If it is no JSON, or no text in UTF-8.
    """
    try:
        text = content.decode() if isinstance(content, bytes) else content
        return text, read_json(text, what)
    except UnicodeDecodeError:
        raise PlatformRequestError(f"{what} is no text in UTF-8: take an export's document as it is") from None
    except PayloadError:
        raise PlatformRequestError(f"{what} is no JSON: take an export's document as it is") from None
