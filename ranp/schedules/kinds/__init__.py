"""The schedules, one a file: what happens to a network while it trains.

In: a `Ground`. Out: what `ranp.training.train` asks between its steps, and what is left in the end.
Test: `pytest tests/schedules`
"""
