"""Drawings of ideas, made from real models and real data; plain charts are in `plots`, and nothing is trained here."""

from aelib.drawings.compression import prefix_code, rate_distortion
from aelib.drawings.latent import decoded_plane, factor_scores, latent_map
from aelib.drawings.network import network
from aelib.drawings.posterior import kl_per_dimension, posteriors
from aelib.drawings.surfaces import manifold

__all__ = [
    "decoded_plane",
    "factor_scores",
    "kl_per_dimension",
    "latent_map",
    "manifold",
    "network",
    "posteriors",
    "prefix_code",
    "rate_distortion",
]
