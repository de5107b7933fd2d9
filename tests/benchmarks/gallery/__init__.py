"""The table of the gallery: how it is measured, and the figures that were kept."""
