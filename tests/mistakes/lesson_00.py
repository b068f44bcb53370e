"""What learners try at lesson 00: starters, right answers and wrong ones; the judges are elsewhere."""

from mistakes.attempts import Attempts, Wrong

ATTEMPTS = {
    "00-share-black": Attempts(
        starter="def share_black(images):\n    ...\n",
        also_right=(
            "def share_black(images):\n    return float((images == 0).sum() / images.size)\n",
            """\
def share_black(images):
    pixels = [pixel for image in images for pixel in image]
    return pixels.count(0) / len(pixels)
""",
        ),
        wrong=(
            Wrong("dark pixels", ("images == 0", "images < 0.5"), "grey", "dark, not black"),
            Wrong("nearly black", ("images == 0", "images < 0.05"), "grey", "nearly black, not black"),
            Wrong("a count", ("np.mean(", "np.sum("), "grey", "how many there are"),
            Wrong("percent", ("return np", "return 100 * np"), "grey", "in percent"),
            Wrong("white pixels", ("== 0", "== 1"), "grey", "white pixels"),
            Wrong("the others", ("== 0", "> 0"), "grey", "not black"),
            Wrong(
                "images, not pixels",
                ("images == 0", "np.any(images == 0, axis=1)"),
                "grey",
                "images with a black pixel",
            ),
            Wrong("a share for each image", ("== 0)", "== 0, axis=1)"), "grey", "one number for all images"),
            Wrong("the average", ("images == 0", "images"), "grey", "average pixel"),
            Wrong("no return", ("return np", "np"), "grey", "returns NoneType"),
            Wrong("text", ("np.mean(images == 0)", "f'{np.mean(images == 0):.0%}'"), "grey", "returns str"),
            Wrong("no numpy", ("import numpy as np\n", ""), "runs", "NameError"),
        ),
    ),
}
