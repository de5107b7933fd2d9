"""What the tests of Compare's figures start from."""

import pytest

from explorer import compute
from explorer.state import ExplorerState, default_state
from tests.compare.by_library import CHOICES


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    """The first state that a visitor sees, traced and scored."""
    start = default_state(CHOICES, "unet3d", "classroom")
    compute.tracing(start).result()
    compute.importance(start).result()
    return start
