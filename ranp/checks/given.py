"""What a check takes from files: a plan as a contestant, and the time table by which others are pruned.

Each is named by its path and a hash, and read again where it is trained.
"""

from dataclasses import replace
from pathlib import Path

from ranp.checks.check import Contestant
from ranp.fingerprint import tensors_sha256
from ranp.own import is_name
from ranp.plan import Plan, load_plan
from ranp.selection import PruningConfig
from ranp.subject import Subject, cache_root
from ranp.timing import TableFile, kept_file, local_table, shipped_file, this_machine
from ranp.types import Masks


def given(path: Path, weights: str = "new") -> Contestant:
    """The contestant whose neurons the plan at ``path`` keeps; ``ValueError`` for a file that is none.

    Code of one's own that the plan was made with is not needed for that, and left out of its settings.
    """
    plan = _loaded(str(path))
    plan.check_feasible()
    own = {
        name: getattr(PruningConfig, name) for name in ("criterion", "coupling") if is_name(getattr(plan.config, name))
    }
    return Contestant(replace(plan.config, **own), weights, str(path.resolve()), tensors_sha256(plan.kept))


def masks_of_plan(path: str, sha256: str) -> Masks:
    """Which neurons the plan at ``path`` keeps; ``ValueError`` where it is another one than it was, or gone."""
    kept = _loaded(path).kept
    if tensors_sha256(kept) != sha256:
        raise ValueError(f"the plan {path} has changed since it was chosen; bring it back, or choose it again")
    return kept


def usual_table(subject: Subject) -> TableFile | None:
    """The time table of a subject where none is named: measured on this machine, or else its preset's.

    ``None`` where there is neither. One that was measured here is copied, since it may be measured again meanwhile.
    """
    network, folder = subject.network(0), cache_root() / "times"
    found = local_table(folder, network.provenance, network.inputs(), this_machine())
    if found is not None:
        return kept_file(folder, found)
    if subject.architecture is None or subject.preset is None or subject.arguments:
        return None
    return shipped_file(subject.architecture, subject.preset)


def _loaded(path: str) -> Plan:
    try:
        return load_plan(path)
    except OSError as error:
        raise ValueError(
            f"there is no plan {path} on this machine; give the folder or zip of 'ranp prune --out'"
        ) from error
