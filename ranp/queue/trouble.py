"""What databases and their drivers raise, as one sentence that shows no password."""

from ranp.queue.address import without_secrets


class StudyError(ValueError):
    """The database cannot be used: it is not there, not ours, of another version, or does not answer."""


def cause_of(error: BaseException) -> str:
    """The first line of what led to the error."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def telling(error: BaseException, url: str) -> BaseException | None:
    """The error as the cause of ours, unless a traceback of it, or of what led to it, would show a password."""
    cause: BaseException | None = error
    while cause is not None:
        if without_secrets(str(cause), url) != str(cause):
            return None
        cause = cause.__cause__ or cause.__context__
    return error
