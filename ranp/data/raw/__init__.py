"""A folder of one's own, as the Medical Segmentation Decathlon or nnU-Net's raw data lie on disk.

In: a folder with a ``dataset.json``. Out: its labelled cases, split by case, and windows of them.
Test: `pytest tests/data/test_data_decathlon.py`
"""

from ranp.data.raw.decathlon import LAYOUT, find, read

__all__ = ["LAYOUT", "find", "read"]
