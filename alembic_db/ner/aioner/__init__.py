"""AIONER by its official weights, without its code."""
