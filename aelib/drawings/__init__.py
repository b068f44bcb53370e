"""Figures of ideas, drawn from real models and real data; plain charts are in `plots`, and nothing is trained here."""

from aelib.drawings.network import network

__all__ = ["network"]
