"""Drawings of ideas, made from real models and real data; plain charts are in `plots`, and nothing is trained here."""

from aelib.drawings.convolution import convolution_step
from aelib.drawings.errors import error_maps, family_portrait, mean_error_maps
from aelib.drawings.features import feature_arrows
from aelib.drawings.filters import kernels
from aelib.drawings.links import connections
