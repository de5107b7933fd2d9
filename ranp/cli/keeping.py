"""Training a check so that it may be stopped: what is finished is kept, and the same command goes on from there.

Ctrl-C and SIGTERM stop at once, and what is finished is handed back; a process that is killed loses the network in hand
and nothing else (`ranp.checks.kept`). Several processes that train one network together begin anew: they may not see
the same disk.
"""

import logging

from ranp.checks import Check, Entry, KeptEntries, Progress, Saver, run_check
from ranp.cli.watching import step_words
from ranp.progress import ProgressBar
from ranp.queue import Stop
from ranp.training import Alone

log = logging.getLogger(__name__)


def train_and_keep(check: Check, processes: Alone, saver: Saver | None = None) -> tuple[list[Entry], bool]:
    """The check's entries, and whether somebody stopped it before it was complete.

    ``saver`` is given each network that is trained; one whose file is missing is trained again.
    """
    saved_in = None if saver is None else saver.folder
    kept = KeptEntries(check, saved_in=saved_in) if processes.world == 1 else None
    before = () if kept is None else tuple(entry for entry in kept.entries if saver is None or saver.has(entry))
    total = len(check.seeds) * len(check.contestants)
    if before:
        log.info("%d of %d networks are trained already, by the same command; going on from there", len(before), total)
    found, stop = list(before), Stop()

    def finished(entry: Entry) -> None:
        with stop.later():
            found.append(entry)
            if kept is not None:
                kept.add(entry)

    def show(progress: Progress) -> None:
        bar.show(progress.done, step_words(progress), progress.remaining_seconds)

    try:
        with stop.listening(), ProgressBar("train", processes.rank == 0) as bar, stop.at_once():
            entries = run_check(check, show, finished, processes, before, None if processes.rank else saver)
    except KeyboardInterrupt:
        log.warning("%s", _stopped(found, total, kept))
        return found, True
    if kept is not None:
        kept.forget()
    return entries, False


def _stopped(found: list[Entry], total: int, kept: KeptEntries | None) -> str:
    ended = sum(not entry.failed for entry in found)
    if not ended:
        return "stopped before the first network was trained; the same command begins anew"
    start = f"stopped with {ended} of {total} networks trained"
    if kept is None or not kept.written:
        return f"{start}, which could not be kept; the same command begins anew"
    return f"{start}; the same command goes on from there (they are kept in {kept.path})"
