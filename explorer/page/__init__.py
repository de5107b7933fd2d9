"""What all pages have.

In: the URL and Streamlit's session. Out: the state of this run, also as a command, the chooser of the network, the
button that shares it, the live component, waiting for a job, pins, and tables of results.
Test: `pytest tests/explore tests/safety/test_hostile_links.py`
"""

from explorer.page import memory, pinboard, results, session, timing, touring
from explorer.page.commands import ALWAYS, TABLE, checkpoint_of, command_line, is_told, training_commands
from explorer.page.component import Peak, Times, from_settings, live, reported, wire
from explorer.page.picture import CONFIG, clickable, colours, picture
from explorer.page.queued import queued
from explorer.page.results import least
from explorer.page.subject import Subject, choose, is_at_hand
from explorer.page.waiting import wait
from explorer.page.ways import smaller_size

__all__ = [
    "ALWAYS",
    "CONFIG",
    "TABLE",
    "Peak",
    "Subject",
    "Times",
    "checkpoint_of",
    "choose",
    "clickable",
    "colours",
    "command_line",
    "from_settings",
    "is_at_hand",
    "is_told",
    "least",
    "live",
    "memory",
    "picture",
    "pinboard",
    "queued",
    "reported",
    "results",
    "session",
    "smaller_size",
    "timing",
    "touring",
    "training_commands",
    "wait",
    "wire",
]
