"""Figures of ideas, drawn from real models and real data; plain charts are in `plots`, and nothing is trained here."""

from aelib.drawings.compression import prefix_code, rate_distortion
from aelib.drawings.convolution import convolution_step
from aelib.drawings.densities import densities
from aelib.drawings.discrete import straight_through, two_stages
from aelib.drawings.errors import error_maps, family_portrait, mean_error_maps
from aelib.drawings.features import feature_arrows
from aelib.drawings.filters import kernels
from aelib.drawings.latent import decoded_plane, factor_scores, latent_map, mixtures
from aelib.drawings.links import connections
from aelib.drawings.network import network
from aelib.drawings.posterior import drawn_codes, kl_per_dimension, posteriors
from aelib.drawings.surfaces import manifold

__all__ = [
    "connections",
    "convolution_step",
    "decoded_plane",
    "densities",
    "drawn_codes",
    "error_maps",
    "factor_scores",
    "family_portrait",
    "feature_arrows",
    "kernels",
    "kl_per_dimension",
    "latent_map",
    "manifold",
    "mean_error_maps",
    "mixtures",
    "network",
    "posteriors",
    "prefix_code",
    "rate_distortion",
    "straight_through",
    "two_stages",
]
