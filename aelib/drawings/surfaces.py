"""Drawings of data in space and of the surface that a decoder makes; maps of codes are in `latent`, not here."""

import numpy as np
from mpl_toolkits.mplot3d import proj3d
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection
from scipy.spatial import ConvexHull

from aelib import plots
from aelib.drawings import models

ELEVATION, AZIMUTH = 22, -62  # degrees, from where the space is seen
CELLS = 18  # of the surface, along each latent dimension
MOST_ERRORS = 60  # points whose way to their reconstruction is drawn


@plots.look
def manifold(encoder, decoder, points):
    """Draw points in space twice: with the plane that PCA finds, and with the surface that the decoder makes.

    PCA's plane holds the reconstructions of PCA with as many components as the autoencoder has latent dimensions. The
    surface is the decoder's output over the part of the latent space in which the codes lie (their convex hull). With
    one latent dimension they are a line and a curve. Thin lines go from some of the points to their reconstructions,
    and points behind a surface are pale. Above stands the mean squared error, the mean over
    points and coordinates.

    Args:
        encoder: Model from points (n, 3) to codes (n, 1) or (n, 2), or to `[z, mean, log_var]`, of which it takes the
            mean.
        decoder: Model from codes to points (n, 3).
        points: Data (n, 3), at least four points, e.g. 500 points of a bent sheet.

    Raises:
        ValueError: if the models or the points have another shape, or all codes lie on a line.

    Source: Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 313, 2006
        (an autoencoder as a nonlinear generalisation of PCA).
    """
    models.check_pair(encoder, decoder, (1, 2))
    if encoder.input_shape[1:] != (3,):
        raise ValueError(f"The encoder takes {encoder.input_shape[1:]}: expected points in space, (3,).")
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < 4 or not np.isfinite(points).all():
        raise ValueError(f"points of shape {points.shape}: expected finite numbers (n, 3), at least four points.")
    codes = models.codes(encoder, points)
    if np.linalg.matrix_rank(codes - codes.mean(axis=0)) < codes.shape[1]:
        raise ValueError(f"The codes don't fill {codes.shape[1]} dimensions: expected others. Train the encoder first.")
    mean = points.mean(axis=0)
    components = np.linalg.svd(points - mean, full_matrices=False)[2][: codes.shape[1]]
    flat, curved = {1: ("line", "curve"), 2: ("plane", "surface")}[codes.shape[1]]
    halves = (
        (f"PCA: a {flat}", (points - mean) @ components.T, lambda z: z @ components + mean, plots.SERIES_COLOURS[1]),
        (f"autoencoder: a {curved}", codes, lambda z: models.outputs(decoder, z), plots.SERIES_COLOURS[0]),
    )
    figure = plots.figure((9.0, 4.4))
    panels = figure.subplots(1, 2, subplot_kw={"projection": "3d", "computed_zorder": False})
    said = []
    for axis, (name, z, decode, colour) in zip(panels, halves):
        rebuilt = decode(z)
        said.append(f"{name}, mean squared error {np.mean((points - rebuilt) ** 2):.2g}")
        _draw_space(axis, points)
        axis.set_title(said[-1].replace(", ", "\n"), y=1.04)
        behind = np.zeros(len(points), bool)
        if z.shape[1] == 1:
            axis.plot(*decode(np.linspace(z.min(), z.max(), 200)[:, None]).T, color=colour, linewidth=2.5, zorder=2)
        else:
            cells = _cells(z)
            faces = np.split(decode(np.concatenate(cells)), np.cumsum([len(cell) for cell in cells])[:-1])
            style = {"facecolor": (colour, 0.35), "edgecolor": colour, "linewidth": 0.5}
            axis.add_collection3d(Poly3DCollection(faces, zorder=2, **style))
            behind = np.concatenate(
                [_are_behind(part, faces) for part in np.array_split(points, len(points) // 500 + 1)]
            )
        some = np.linspace(0, len(points) - 1, min(len(points), MOST_ERRORS)).astype(int)
        ways = np.stack([points[some], rebuilt[some]], axis=1)
        axis.add_collection3d(Line3DCollection(ways, color=plots.INK, linewidth=0.7, zorder=1))
        for these, zorder, alpha in ((behind, 0, 0.5), (~behind, 3, 1)):
            style = {"color": plots.INK, "alpha": alpha, "linewidths": 0, "depthshade": False, "rasterized": True}
            axis.scatter(*points[these].T, s=8, zorder=zorder, **style)
    return plots.finished(figure, None, f"{len(points)} points in space, drawn twice. {'. '.join(said)}.")


def _draw_space(axis, points):
    """Give an empty space the points' proportions and no walls."""
    low, high = points.min(axis=0), points.max(axis=0)
    axis.set_proj_type("ortho")  # `_are_behind` counts on it
    axis.view_init(ELEVATION, AZIMUTH)
    axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    sides = np.maximum(high - low, 1e-3 * (high - low).max())
    axis.set_box_aspect(sides)
    reach = np.abs(proj3d.proj_transform(*points.T, axis.get_proj())[:2]).max()
    axis.set_box_aspect(sides, zoom=0.45 * axis.viewLim.width / reach)  # all points on nine tenths of the page
    axis.set_axis_off()


def _cells(codes):
    """Return the cells of a grid over the codes, each (corners, 2), cut off at the codes' convex hull."""
    low, high = codes.min(axis=0), codes.max(axis=0)
    x, y = np.linspace(low, high, CELLS + 1).T
    borders = ConvexHull(codes).equations  # a point is inside if all of normal @ point + offset are at most 0
    cells = []
    for left, right in zip(x, x[1:]):
        for bottom, top in zip(y, y[1:]):
            cell = np.array([(left, bottom), (right, bottom), (right, top), (left, top)])
            for *normal, offset in borders:
                cell = _cut(cell, cell @ normal + offset)
            if len(cell) >= 3:
                cells.append(cell)
    return cells


def _cut(polygon, heights):
    """Return the part of a convex polygon (k, 2) whose heights above a line (k,) are at most 0."""
    if (heights <= 0).all():
        return polygon
    kept = []
    for i, (corner, height) in enumerate(zip(polygon, heights)):
        before, height_before = polygon[i - 1], heights[i - 1]
        if (height <= 0) != (height_before <= 0):
            kept.append(before + height_before / (height_before - height) * (corner - before))
        if height <= 0:
            kept.append(corner)
    return np.array(kept).reshape(-1, 2)


def _are_behind(points, faces):
    """Return which points (n,) are hidden from the reader by faces, each (corners, 3)."""
    up, turn = np.radians(ELEVATION), np.radians(AZIMUTH)
    towards = np.array([np.cos(up) * np.cos(turn), np.cos(up) * np.sin(turn), np.sin(up)])
    triangles = np.array([(face[0], face[i], face[i + 1]) for face in faces for i in range(1, len(face) - 1)])
    first, second = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    normal = np.cross(first, second)
    facing = normal @ towards
    facing[facing == 0] = np.inf  # seen from its edge, a triangle hides nothing
    # From a point towards the reader, a triangle's plane is met where point + t towards = corner + u first + v second.
    away = points[:, None] - triangles[:, 0]
    side = np.cross(towards, away)
    u, v = np.sum(side * second, axis=2) / facing, -np.sum(side * first, axis=2) / facing
    t = -np.sum(away * normal, axis=2) / facing
    return ((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)).any(axis=1)
