"""Other tools' formats, written and read.

In: a plan and the full network, or a file of masks. Out: the bytes of a file, or masks by neuron. A format is a file,
and `FORMATS` lists them; each is tested with the tool that it is for.
Test: `pytest tests/formats`
"""

from ranp.formats.called import called
from ranp.formats.export import FORMATS, Format, export_plan
from ranp.formats.mask_files import decode_masks, read_masks
from ranp.formats.neuron_masks import is_numpy_archive
from ranp.formats.nnunet_trainer import check_class_name, nnunet_trainer

__all__ = [
    "FORMATS",
    "Format",
    "called",
    "check_class_name",
    "decode_masks",
    "export_plan",
    "is_numpy_archive",
    "nnunet_trainer",
    "read_masks",
]
