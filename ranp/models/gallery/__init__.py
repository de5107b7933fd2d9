"""Published networks, most of them built by the packages that people take them from.

In: arguments of a preset. Out: the network, as its package builds it. A file of networks imports its package where one
is built, and torch alone otherwise, since exported scripts carry it; the presets stand in the file beside it.
Test: `pytest tests/models`
"""
