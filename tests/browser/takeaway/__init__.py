"""The one-file explorer in a real browser."""
