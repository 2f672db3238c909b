"""Why a request did not come to what was asked for.

    ClientError
    ├── ClientSettingsError     an address, a key or a file of a key that cannot be used
    ├── ArgumentError           what was handed in cannot be sent; a ValueError too
    ├── NoAnswerError           the server cannot be reached, or did not answer in time
    ├── UnexpectedAnswerError   something answered that does not speak as a branchcast server of this version does
    └── AnswerError             the answer is a problem; it says which, and the way out
        └── ChangedSinceError   what a change was based on has changed since

No message and no attribute of them holds the key.
"""

from api.http.problems import Problem, ProblemError


class ClientError(Exception):
    """Base of what the client raises on purpose."""


class ClientSettingsError(ClientError):
    """An address, a key or a file of a key that cannot be used; the message never repeats a key."""


class ArgumentError(ClientError, ValueError):
    """What was handed in cannot be sent: an id that is no part of an address, a tag that is no header."""


class NoAnswerError(ClientError):
    """The server cannot be reached, or did not answer in time, however often it was asked."""


class UnexpectedAnswerError(ClientError):
    """An answer that no branchcast server of this version gives."""


class AnswerError(ClientError):
    """The server's answer is a problem.

    Attributes
    ----------
    problem : the problem as the server stated it
    request_id : what the server's logs call the request, None if it did not say
    """

    def __init__(self, problem: Problem, request_id: str | None = None) -> None:
        self.problem, self.request_id = problem, request_id
        super().__init__(problem, request_id)

    def __str__(self) -> str:
        return self.problem.detail

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.problem.status

    @property
    def kind(self) -> str:
        """Kind of problem, such as ``unknown-scenario``: the end of the address that explains it."""
        return self.problem.type.rpartition("/")[2]

    @property
    def detail(self) -> str:
        """What is wrong, and the way out."""
        return self.problem.detail

    @property
    def errors(self) -> tuple[ProblemError, ...]:
        """Each field at fault: ``pointer`` into what was sent, or ``parameter``, and ``detail``."""
        return tuple(self.problem.errors or ())


class ChangedSinceError(AnswerError):
    """Somebody else was faster: nothing was changed.

    Attributes
    ----------
    tag : entity tag of what is there now, to base the change on once it has been decided anew
    """

    def __init__(self, problem: Problem, tag: str, request_id: str | None = None) -> None:
        self.tag = tag
        super().__init__(problem, request_id)
        self.args = (problem, tag, request_id)

    @property
    def changed(self) -> tuple[str, ...]:
        """What has changed since, in words."""
        return tuple(self.problem.changed or ())
