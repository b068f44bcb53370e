"""Drawings of densities over the plane, a fit over what it was fitted to; posteriors of images are not here."""

import matplotlib.lines
import matplotlib.patches
import numpy as np

from aelib import plots
from aelib.drawings import posterior

MASSES = posterior.MASSES
MOST = 5  # panels in a row


@plots.look
def densities(x, y, fits, truth=None, points=None, names=("q", "p")):
    """Draw densities over the plane, a panel each, as contours that hold 50 and 90 % of their mass.

    Args:
        x, y: The grid's places along the axes, (columns,) and (rows,), evenly spaced.
        fits: Dict of title -> density on the grid, (rows, columns), numbers from 0 on; one to five of them.
        truth: A density on the same grid, which is drawn filled beneath each fit, or None.
        points: Points (n, 2), drawn beneath each fit, or None.
        names: What the legend calls the fits and the truth.

    Raises:
        ValueError: if a density doesn't fit the grid, or is negative or 0 everywhere, or the points are none.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if not 1 <= len(fits) <= MOST:
        raise ValueError(f'{len(fits)} fits: expected one to {MOST}, for example {{"forward": np.exp(log_q)}}.')
    fits = {str(title): _checked(title, density, x, y) for title, density in fits.items()}
    truth = None if truth is None else _checked(names[1], truth, x, y)
    points = np.empty((0, 2)) if points is None else np.asarray(points, float)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise ValueError(f"points of shape {points.shape}: expected finite numbers (n, 2). Write points[:, :2].")
    wide = 2.4 * np.ptp(x) / np.ptp(y)
    figure = plots.figure((max(wide * len(fits) + 0.6, 4.2), 3.3))
    panels = figure.subplots(1, len(fits), sharey=True, squeeze=False)[0]
    line, fill = plots.SERIES_COLOURS[1], plots.SERIES_COLOURS[0]
    said = []
    for axis, (title, density) in zip(panels, fits.items()):
        if truth is not None:
            for level in posterior.mass_levels(truth, MASSES):  # the inner region is filled twice
                axis.contourf(x, y, truth, [level, np.inf], colors=[fill], alpha=0.3)
        axis.plot(*points.T, "o", color=fill, markersize=3, alpha=0.6, markeredgewidth=0)
        levels = posterior.mass_levels(density, MASSES)[::-1]
        axis.contour(x, y, density, levels, colors=[line], linewidths=(1.4, 2))
        axis.set(xlim=x[[0, -1]], ylim=y[[0, -1]], aspect="equal", title=title)
        axis.locator_params(nbins=5)
        weights = density / density.sum()
        centre = np.round((weights.sum(axis=0) @ x, weights.sum(axis=1) @ y), 2) + 0.0  # no negative 0
        said.append(f"{title}, around ({centre[0]:.2f}, {centre[1]:.2f})")
    handles = [matplotlib.lines.Line2D([], [], color=line, linewidth=2, label=f"{names[0]}, 50 and 90 % of its mass")]
    if truth is not None:
        handles.append(matplotlib.patches.Patch(facecolor=(fill, 0.3), label=f"{names[1]}, the same"))
    if len(points):
        handles.append(matplotlib.lines.Line2D([], [], color=fill, marker="o", linestyle="", label="points"))
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    figure.vector = True
    said = f"Contours of {names[0]} that hold 50 and 90 % of its mass: {'; '.join(said)}"
    if truth is not None:
        said += f". Filled beneath each: {names[1]}"
    return plots.finished(figure, None, said + (f". With {len(points)} points." if len(points) else "."))


def _checked(name, density, x, y):
    """Return a density on a grid as an array, or raise in the user's terms."""
    density = np.asarray(density, float)
    if density.shape != (len(y), len(x)):
        raise ValueError(
            f"{name!r} has shape {density.shape}: expected one number for each place of the grid, "
            f"(rows, columns) = ({len(y)}, {len(x)})."
        )
    if not (density.min() >= 0 and np.isfinite(density).all() and density.max() > 0):
        raise ValueError(f"{name!r} has numbers below 0, or none above: expected a density. Of a logarithm, np.exp.")
    return density
