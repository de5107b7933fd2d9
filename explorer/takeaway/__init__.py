"""Take it home: the explorer of one network as one HTML file.

In: a state whose network is traced, measured and, where that is wanted, scored. Out: the bytes of a page that works
from a folder, without a server and without a network. `python -m explorer.takeaway` is what `ranp explore` starts.
Test: `pytest tests/takeaway`
"""

from explorer.takeaway.document import refusal
from explorer.takeaway.of_state import file_name, html, size
from explorer.takeaway.wording import OFFER, measuring

__all__ = ["OFFER", "file_name", "html", "measuring", "refusal", "size"]
