"""Blueprints: others' files that say how a network is built, read, and written with other widths.

In: nnU-Net's ``plans.json``, or the configuration of a MONAI bundle. Out: the network, the layers whose width one
number of the file says, and the file with other numbers. A file names no code: only what the tables here list is built.
Test: `pytest tests/blueprints`
"""

from ranp.blueprints.blueprint import Blueprint, Kind
from ranp.blueprints.bundle import Bundle, read_bundle
from ranp.blueprints.nnunet import NnUNetPlans, read_nnunet

__all__ = ["Blueprint", "Bundle", "Kind", "NnUNetPlans", "read_bundle", "read_nnunet"]
