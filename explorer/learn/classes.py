"""Classes: how many visitors are at which step of which tour, and nothing else of them.

A class is known by its code. It lives in this server's memory alone and ends when whoever opened it ends it, or was
not looked at for a while; a visitor is counted in one class, as long as the tab is open. What is kept of a visitor is
the number of the session, the tour and the step, and what is told are counts. Of who opened it is kept what tells tabs
of one person apart from others' (`explorer.compute.visitors`).
"""

import re
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from explorer.compute import Visitor

Place = tuple[str, int] | None
"""A tour and one of its steps, from 1; ``None``: the list of tours."""

LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"
"""Those that are not mistaken for one another on a blackboard."""
LENGTH = 6
MOST = 20
MOST_OF_ADDRESS = MOST // 2
"""So many may be open of all who come from one address: a person may forge who they are."""
MOST_VISITORS = 200
LASTS = 4 * 3600.0
"""Seconds without a look at it after which a class ends."""


@dataclass
class _Class:
    owner: Visitor
    seen: float
    visitors: dict[str, Place] = field(default_factory=dict)


class Classes:
    """The classes of a server. ``is_present`` says whether a session's tab is open; ``clock`` counts seconds."""

    def __init__(self, is_present: Callable[[str], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._is_present = is_present
        self._clock = clock
        self._classes: dict[str, _Class] = {}
        self._lock = Lock()

    def open(self, owner: Visitor) -> str:
        """Open a class; its code. ``ValueError`` where the person has one, or there are as many as there may be.

        >>> classes = Classes(lambda session: True)
        >>> code = classes.open(Visitor("a tab", "eve"))
        >>> classes.tell(code, "ann", ("empty", 2)); classes.tell(code, "ben", ("empty", 2))
        >>> classes.counts(code)
        Counter({('empty', 2): 2})
        """
        with self._lock:
            self._forget()
            for code, one in self._classes.items():
                if one.owner.person == owner.person:
                    raise ValueError(
                        f"You have class {code} open, and a person has one at a time; watch it by its code, or end it "
                        "before you open another."
                    )
            near = sum(bool(owner.address) and one.owner.address == owner.address for one in self._classes.values())
            if len(self._classes) >= MOST or near >= MOST_OF_ADDRESS:
                raise ValueError(
                    f"This server holds at most {MOST} classes at once, {MOST_OF_ADDRESS} from one address, and that "
                    "many are open; come back once one has ended."
                )
            code = self._new_code()
            self._classes[code] = _Class(owner, self._clock())
            return code

    def tell(self, code: str, session: str, place: Place) -> None:
        """Count the session as at that place, and in no other class any more.

        ``ValueError`` where there is no such class, or it is full: then the session stays where it was.
        """
        with self._lock:
            one = self._found(code)
            if session not in one.visitors and len(one.visitors) >= MOST_VISITORS:
                raise ValueError(f"A class has at most {MOST_VISITORS} visitors, and class {code} has that many.")
            for other in self._classes.values():
                other.visitors.pop(session, None)
            one.visitors[session] = place

    def leave(self, code: str, session: str) -> None:
        """Count the session no longer."""
        with self._lock:
            if (one := self._classes.get(code)) is not None:
                one.visitors.pop(session, None)

    def counts(self, code: str) -> Counter[Place]:
        """How many are where. ``ValueError`` where there is no such class."""
        with self._lock:
            one = self._found(code)
            one.seen = self._clock()
            return Counter(one.visitors.values())

    def is_owner(self, code: str, visitor: Visitor) -> bool:
        """Whether the class is open, and this person opened it."""
        with self._lock:
            one = self._classes.get(code)
            return one is not None and one.owner.person == visitor.person

    def close(self, code: str, visitor: Visitor) -> None:
        """End the class. ``ValueError`` where somebody else opened it; nothing where it has ended."""
        with self._lock:
            if (one := self._classes.get(code)) is None:
                return
            if one.owner.person != visitor.person:
                raise ValueError(f"Class {code} is ended by who opened it, in the browser that opened it.")
            del self._classes[code]

    def _found(self, code: str) -> _Class:
        self._forget()
        if code not in self._classes:
            raise ValueError(f"There is no class {code} on this server, or it has ended; ask for its code again.")
        return self._classes[code]

    def _forget(self) -> None:
        """Drop who has left, and classes that nobody looks at."""
        now = self._clock()
        self._classes = {code: one for code, one in self._classes.items() if now - one.seen < LASTS}
        for one in self._classes.values():
            one.visitors = {session: place for session, place in one.visitors.items() if self._is_present(session)}

    def _new_code(self) -> str:
        while (code := "".join(secrets.choice(LETTERS) for _ in range(LENGTH))) in self._classes:
            pass
        return code


def read_code(text: str) -> str:
    """A code as it was typed, or as a link carries it. ``ValueError`` where it cannot be one.

    >>> read_code(" acd 379 ")
    'ACD379'
    """
    code = re.sub(r"[\s-]", "", text).upper()
    if not re.fullmatch(f"[{LETTERS}]{{{LENGTH}}}", code):
        raise ValueError(f"A class's code has {LENGTH} letters and figures, such as {LETTERS[:3]}{LETTERS[-3:]}.")
    return code
