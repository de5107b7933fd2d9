"""Whose turn it is: people stand in a line, and who was served goes to its end, however much they asked for."""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


class Line:
    """People, each once, in the order in which they joined; who is being served goes to the end once that is over."""

    def __init__(self) -> None:
        self._people: dict[str, None] = {}
        self._served: str | None = None

    def join(self, person: str) -> None:
        """Stand at the end, unless the person is in the line already, or is being served."""
        if person != self._served:
            self._people.setdefault(person)

    def serve(self, person: str) -> None:
        """Take the person out of the line until `served`."""
        self._people.pop(person, None)
        self._served = person

    def served(self, waiting: Iterable[str]) -> None:
        """Let who was served stand at the end, and only those in the line who still wait for anything."""
        people = [*self._people, self._served]
        staying = set(waiting)
        self._people = {person: None for person in people if person is not None and person in staying}
        self._served = None

    def turns(self, wanted: Mapping[str, Sequence[T]]) -> list[tuple[str, T]]:
        """In which order the things that people want come, and on whose turn, if nobody joins the line any more.

        `wanted` holds each person's things in the person's own order. What several want comes on the turn of whoever is
        next, and costs the others none.

        >>> line = Line()
        >>> line.join("ann"), line.join("ben")
        (None, None)
        >>> line.turns({"ann": ["a1", "a2", "both"], "ben": ["both", "b2"]})
        [('ann', 'a1'), ('ben', 'both'), ('ann', 'a2'), ('ben', 'b2')]
        """
        line = deque(self._people if self._served is None else [*self._people, self._served])
        left = {person: deque(wanted.get(person, ())) for person in line}
        come, order = set[T](), list[tuple[str, T]]()
        while line:
            person = line.popleft()
            mine = left[person]
            while mine and mine[0] in come:
                mine.popleft()
            if mine:
                come.add(mine[0])
                order.append((person, mine.popleft()))
                line.append(person)
        return order
