"""``python -m explorer.takeaway``: the file for a shell, as `ranp explore` asks for it in a process of its own.

A network of one's own is named as for the app (`explorer.compute.own`). Stdout gets one JSON object: what was written,
or ``error``, a sentence, with exit code 2.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from explorer import compute
from explorer.compute import heavy
from explorer.page import timing
from explorer.state import ExplorerState, from_query, known_layers, needs_seconds
from explorer.takeaway.of_state import html, scored_on
from ranp.files import write_atomically
from ranp.selection import METHODS

STOPPED = 130


def write(query: str, out: Path) -> dict[str, Any]:
    """Score the network that the query, or an argument of this process, names, and write the file.

    ``ValueError`` where something asked for makes no sense or cannot be had.
    """
    choices = compute.choices()
    given = {**_own(), **parse_qs(query)}
    state, notices = from_query(given, choices)
    compute.tracing(state).result()
    network = compute.network(state)
    state, unknown = known_layers(state, network.prunable, network.layers)
    if notices or unknown:
        raise ValueError(_plain([*notices, *unknown][0]))
    _score(state)
    compute.measuring(state).result()
    if (batch := timing.pending(state)) is not None:
        compute.calling(state, batch).result()
    if needs_seconds(state):
        compute.table_needed(state)
    state = compute.opening(state, choices)
    content = html(state, datetime.now(UTC).date())
    write_atomically(out, content)
    mine, choice = heavy.own(state), choices.architectures[state.architecture]
    named = (state.architecture, state.preset) if mine is None else (mine.architecture or None, None)
    return {
        "architecture": named[0],
        "preset": named[1],
        "network": f"{choice.title}, {choice.presets[state.preset].title}",
        "method": state.method,
        "requested_sparsity": state.sparsity,
        "data": scored_on(state) or None,
        "out": str(out),
        "bytes": len(content),
    }


def _own() -> dict[str, list[str]]:
    """The network that this process was started with, as a link names it; nothing where it is one of the library's."""
    name = next(iter(heavy.owns()), None)
    if name is None:
        return {}
    return {"architecture": [name], "preset": [next(iter(compute.choices().architectures[name].presets))]}


def _score(state: ExplorerState) -> None:
    """Score every neuron; a network that this machine cannot score is taken without, unless its method needs it."""
    at_hand = compute.looking(state).result()
    refusal = None if at_hand else compute.refusal(state)
    if refusal is None:
        compute.importance(state).result()
    elif compute.needs_importance(state):
        others = " or ".join(name for name in ("magnitude", "random") if METHODS[name].scores != "sensitivity")
        raise ValueError(f"{_plain(refusal)} Take --method {others} here")


def _plain(text: str) -> str:
    """A sentence of a page without its Markdown."""
    return " ".join(text.replace("**", "").replace("`", "'").split())


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file; returns the exit code."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--query", default="")
    parser.add_argument("--out", type=Path, required=True)
    args, _ = parser.parse_known_args(arguments)
    try:
        with redirect_stdout(sys.stderr):  # code of one's own may print
            told = write(args.query, args.out)
    except KeyboardInterrupt:
        os._exit(STOPPED)  # the computation that has begun need not end first
    except (ValueError, OSError) as error:
        print(json.dumps({"error": " ".join(str(error).split())}))
        return 2
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
