"""Tests of blueprints: others' files of a network."""
