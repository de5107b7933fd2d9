"""Pruning after training, beside training anew."""
