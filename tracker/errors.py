"""What can go wrong in the domain, without a word about HTTP."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to change in what was sent: where (a JSON Pointer), a stable code, a sentence."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """Base of all refusals; ``code`` is stable, ``detail`` says what to change."""

    code = "refused"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code


class NotFound(DomainError):
    """It does not exist, or not for this caller."""

    code = "not_found"

    def __init__(self, detail: str = "There is nothing here for you.") -> None:
        super().__init__(detail)


class Refused(DomainError):
    """The caller may know that it exists, but may not do this."""

    code = "role_not_allowed"


class NotSignedIn(DomainError):
    """No valid token or credentials came with the request."""

    code = "token_invalid"


class Conflict(DomainError):
    """What is stored does not allow this change."""

    code = "state_conflict"


class Gone(DomainError):
    """It existed and is over: a code that expired, a cursor that is too old."""

    code = "gone"


class VersionMismatch(DomainError):
    """Somebody else changed it since the caller read it."""

    code = "version_mismatch"


class Throttled(DomainError):
    """Too many attempts; try again after this many seconds."""

    code = "rate_limited"

    def __init__(self, detail: str, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Invalid(DomainError):
    """What was sent could be read but is not valid; lists every fault."""

    code = "validation_failed"

    def __init__(
        self, *faults: Fault, detail: str = "Some values need to change.", code: str | None = None
    ) -> None:
        super().__init__(detail, code=code)
        self.faults = faults


class NotReady(DomainError):
    """The system cannot serve this now: the database is away or not migrated."""

    code = "not_ready"
