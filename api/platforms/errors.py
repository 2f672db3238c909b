"""Every error that talking to platforms raises on purpose.

    PlatformError
    ├── PlatformSettingsError   a token, a file of tokens or an address that cannot be used
    ├── PlatformRequestError    what is no request of this platform; a ValueError too
    └── PayloadError            an answer that says what no answer of this platform says; a ValueError too

What a platform refuses is no error here but an outcome. No message and no attribute holds a token.
"""


class PlatformError(Exception):
    """Base of what is raised on purpose."""


class PlatformSettingsError(PlatformError):
    """A token, a file of tokens or an address that cannot be used; the message never repeats a token."""


class PlatformRequestError(PlatformError, ValueError):
    """What cannot be sent to this platform: a body of another form, a request of another platform."""


class PayloadError(PlatformError, ValueError):
    """An answer that is not what this platform's answers are; the message names the place in it."""
