"""Features as arrows in a plane of two numbers; codes of images, which are points, are not drawn here."""

import matplotlib.patches
import numpy as np

from aelib import plots

SHORT = 0.2  # of the unit circle's radius; a feature below is lost, as good as
SIDE = 3.0  # inches of a panel


@plots.look
def feature_arrows(panels, names=None):
    """Draw features as arrows from the origin of a plane, panel beside panel on the same axes, with the unit circle.

    A model with two numbers that keeps more than two features keeps them as directions that are not at right angles:
    superposition. Features whose arrow is shorter than 0.2 are drawn as an open circle and named as lost.

    Args:
        panels: Dict of label -> directions (features, 2), e.g. {"density 0.1": weights, "density 0.9": others}. A row
            holds what one feature puts into the two numbers.
        names: A short text for each feature, or None for 1, 2, 3 ...

    Raises:
        ValueError: if there is nothing to draw, or something else than finite numbers (features, 2).

    Source: Elhage et al., "Toy models of superposition", 2022.
    """
    panels = {str(label): np.asarray(arrows, float) for label, arrows in dict(panels).items()}
    shapes = {label: arrows.shape for label, arrows in panels.items()}
    right = all(len(shape) == 2 and shape[0] and shape[1] == 2 for shape in shapes.values())
    if not panels or not right or not all(np.isfinite(arrows).all() for arrows in panels.values()):
        raise ValueError(f"panels hold {shapes}: expected finite numbers (features, 2) in at least one panel.")
    most = max(map(len, panels.values()))
    names = [str(name) for name in (range(1, most + 1) if names is None else names)]
    if len(names) < most:
        raise ValueError(f"names has {len(names)} entries for {most} features: expected one for each feature.")

    longest = max(1, *(np.linalg.norm(arrows, axis=1).max() for arrows in panels.values()))
    reach = 1.3 * longest
    figure = plots.figure((SIDE * len(panels), SIDE + 0.8))
    axes = np.ravel(figure.subplots(1, len(panels), sharex=True, sharey=True))
    sentences = []
    for axis, (label, arrows) in zip(axes, panels.items()):
        axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="first number")
        axis.set_xticks([-1, 0, 1])
        axis.set_yticks([-1, 0, 1])
        axis.tick_params(colors=plots.INK, length=0)
        axis.xaxis.label.set_color(plots.INK)
        axis.spines[:].set_visible(False)
        axis.plot([-1, 1], [0, 0], color=plots.INK, linewidth=0.5)
        axis.plot([0, 0], [-1, 1], color=plots.INK, linewidth=0.5)
        axis.add_patch(matplotlib.patches.Circle((0, 0), 1, fill=False, edgecolor=plots.INK, linestyle=":"))
        lengths = np.linalg.norm(arrows, axis=1)
        lost = [name for name, length in zip(names, lengths) if length < SHORT]
        note = f"lost: {', '.join(lost)}" if lost else "none is lost"
        axis.set_title(f"{label}\n{note}", color=plots.INK, size="medium")
        for i in np.argsort(-lengths):  # short ones on top
            arrow, length = arrows[i], lengths[i]
            colour = plots.SERIES_COLOURS[i % len(plots.SERIES_COLOURS)]
            if length < SHORT:
                axis.plot(*arrow, "o", markersize=8, markerfacecolor="none", markeredgecolor=colour)
            else:
                style = {"arrowstyle": "-|>,head_length=0.5,head_width=0.25", "shrinkA": 0, "shrinkB": 0}
                axis.annotate("", arrow, (0, 0), arrowprops={**style, "color": colour, "linewidth": 2})
        kept = [name for name, length in zip(names, lengths) if length >= SHORT]
        for place, side, text in _labels(arrows[lengths >= SHORT], kept, 0.08 * reach):
            axis.text(*place, text, ha=side, va="center", color=plots.INK, weight="bold")
        told = ", ".join(f"{name} {length:.2f}" for name, length in zip(names, lengths))
        sentences.append(f"{label}: lengths {told}; {note}.")
    axes[0].set_ylabel("second number", color=plots.INK)
    figure.vector = True
    about = "Features as arrows from the origin of a plane, with the unit circle."
    return plots.finished(figure, None, f"{about} {' '.join(sentences)}")


def _labels(arrows, names, distance):
    """Return (place, side, text) for each arrow: beyond its tip, or beside it where other arrows pass."""
    found, taken = [], list(np.concatenate([np.linspace(0, arrow, 20) for arrow in arrows])) if len(arrows) else []
    for arrow, name in zip(arrows, names):
        along = arrow / np.linalg.norm(arrow)
        across = np.array([-along[1], along[0]])
        choices = [arrow + distance * step for step in (1.3 * along, along + 1.5 * across, along - 1.5 * across)]
        room = [min(np.linalg.norm(np.subtract(taken, choice), axis=1).min(), distance) for choice in choices]
        place = choices[int(np.argmax(room))]
        taken.append(place)
        found.append((place, "center" if abs(along[0]) < 0.4 else "left" if along[0] > 0 else "right", name))
    return found
