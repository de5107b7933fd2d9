"""Where a plan comes from: the network that it is for, and what that was scored on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Provenance:
    """Which network a plan is for and what it was scored on, as far as is known.

    A network of this library is named by ``architecture``, ``preset`` and all its ``arguments``; one's own by the
    ``import_path`` of its factory, and what it was scored on by the import paths ``data_path`` and ``loss_path``. What
    judges it is named in ``metric_paths``, as ``--metric`` takes them, and what trains it by ``optimizer_path``.
    Loading a plan imports none of them. ``data`` says in words what was scored on. ``checkpoint`` is the name of the
    file that its trained weights came from, and ``checkpoint_sha256`` the hash of that file; None for weights as they
    were drawn.
    """

    architecture: str | None = None
    preset: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    import_path: str | None = None
    seed: int | None = None
    init: str | None = None
    weights_sha256: str | None = None
    data: str | None = None
    data_path: str | None = None
    loss_path: str | None = None
    metric_paths: tuple[str, ...] = ()
    optimizer_path: str | None = None
    checkpoint: str | None = None
    checkpoint_sha256: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "metric_paths", tuple(self.metric_paths))
