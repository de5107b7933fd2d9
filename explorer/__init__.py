"""RANP Explorer: what pruning a network before training removes, layer by layer, while you move the controls."""

from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
