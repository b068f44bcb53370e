"""The explorers of a drawn digit, draws of eps, a code turned by hand and tokens, in Chromium: mouse, finger, keys."""

import functools
import os
import pathlib
import re
import statistics

import keras
import numpy as np
import pytest
import test_browser
from test_browser import keep

from aelib import data, explorers, factories, training

pytestmark = test_browser.pytestmark
browser = test_browser.browser

AXE = os.environ.get("AELIB_AXE")  # the path of axe.min.js, from npm's package axe-core
THEMES = {
    "Light": "--jp-layout-color0: #fff; --jp-content-font-color1: rgba(0, 0, 0, .87)",
    "Dark": "--jp-layout-color0: #111; --jp-content-font-color1: #fff; --jp-brand-color1: #64b5f6",
}
STROKES = {
    "seven": [[(0.3, 0.25), (0.72, 0.22), (0.45, 0.8)]],
    "plus": [[(0.5, 0.2), (0.5, 0.8)], [(0.2, 0.5), (0.8, 0.5)]],
}


@functools.cache
def models():
    """A variational model, a plain one, and one with 16 units, each after a second of training."""
    keras.utils.set_random_seed(0)
    (images, _), _ = data.digits()
    made = factories.variational(784, [64], 2), factories.vanilla(784, [64], 2), factories.vanilla(784, [64], 16)
    for *_, auto in made:
        training.fit(auto, images, epochs=3)
    return [(encoder, decoder) for encoder, decoder, _ in made]


@functools.cache
def tokens():
    """Encoder, codebook and decoder of 7 x 7 tokens: an autoencoder after a second of training, and k-means."""
    from sklearn.cluster import KMeans

    keras.utils.set_random_seed(0)
    (images, _), _ = data.digits()
    layers = keras.layers
    look = [layers.Reshape((28, 28, 1)), layers.Conv2D(16, 4, strides=4, activation="relu"), layers.Dense(4)]
    tiles = [layers.Reshape((7, 7, 4, 4)), layers.Permute((1, 3, 2, 4)), layers.Reshape((784,))]
    drawing = [layers.Conv2D(16, 3, padding="same", activation="relu"), layers.Dense(16)]
    encoder = keras.Sequential([keras.Input((784,)), *look])
    decoder = keras.Sequential([keras.Input((7, 7, 4)), *drawing, *tiles])
    auto = keras.Sequential([encoder, decoder])
    auto.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
    training.fit(auto, images, epochs=3)
    vectors = encoder.predict(images[:200], verbose=0).reshape(-1, 4)
    book = KMeans(24, n_init=1, random_state=0).fit(vectors).cluster_centers_
    return encoder, np.float32(np.float16(book)), decoder


@pytest.fixture(scope="module")
def made():
    (_, _), (images, labels) = data.digits()
    variational, plain, deep = models()
    return {
        "draw": explorers.draw_a_digit({"plain": plain, "variational": variational}, images, labels, images[:10]),
        "eps": explorers.reparameterisation(*variational, images, labels, images[:10]),
        "hand": explorers.code_by_hand(*deep, images, images[:10]),
        "token": explorers.swap_a_token(*tokens(), images[:300], images[:10]),
    }


@pytest.fixture
def show(made, browser):
    """Open an explorer in a page of its own, which notes what its scripts complain about."""
    opened, complaints = [], []

    def opens(name, theme="Light", **options):
        context = browser.new_context(**{"viewport": {"width": 1000, "height": 900}} | options)
        page = context.new_page()
        opened.append(context)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        style = f":root {{ {THEMES[theme]} }} body {{ background: var(--jp-layout-color0) }}"
        html = made[name]._repr_mimebundle_()["text/html"]
        page.set_content(f"<!doctype html><html lang='en'><title>one</title><style>{style}</style>{html}")
        page.locator(".aelib-explorer form").wait_for()
        return page

    yield opens
    for context in opened:
        context.close()
    assert complaints == []


def pictures(page):
    """What the figures show, each as a data URL."""
    return page.evaluate("() => [...document.querySelectorAll('figure canvas')].map(canvas => canvas.toDataURL())")


def greys(page, name):
    """The grey values of a picture with a name, from 0 to 255, (height, width)."""
    read = """name => {
        const canvas = [...document.querySelectorAll('figure canvas')].find(it => it.ariaLabel.startsWith(name));
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return [canvas.height, canvas.width, [...pixels.data].filter((_, i) => i % 4 === 0)];
    }"""
    height, width, values = page.evaluate(read, name)
    return np.reshape(values, (height, width))


def said(page):
    return page.get_by_role("status").inner_text()


def area(page):
    return page.get_by_role("application")


def draw(page, strokes, steps=8):
    box = area(page).bounding_box()
    at = [[(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke] for stroke in strokes]
    for first, *others in at:
        page.mouse.move(*first)
        page.mouse.down()
        for place in others:
            page.mouse.move(*place, steps=steps)
        page.mouse.up()


def test_a_drawing_by_mouse_goes_through_the_encoders_and_can_be_taken_back(show):
    page = show("draw")
    start = pictures(page)
    draw(page, STROKES["plus"])
    plus = pictures(page)
    assert all(one != other for one, other in zip(start, plus)), "each figure follows"
    seen = greys(page, "what the encoders get")
    assert seen.shape == (28, 28) and np.ptp(np.nonzero(seen > 127), axis=1).tolist() == [19, 19]
    page.mouse.move(200, 700)
    assert pictures(page) == plus, "the pen is up"
    page.get_by_role("button", name="Undo a stroke").click()
    seen = greys(page, "what the encoders get")
    assert np.ptp(np.nonzero(seen > 127), axis=1)[1] <= 3, "an upright stroke is left"
    page.get_by_role("button", name="Undo a stroke").click()
    assert said(page) == "Draw a digit, or take an image." and greys(page, "what the encoders get").max() == 0
    page.get_by_role("button", name="Take image 4").click()
    (_, _), (images, _) = data.digits()
    assert np.abs(greys(page, "what the encoders get") - 255 * images[3].reshape(28, 28)).max() <= 1
    draw(page, STROKES["seven"])
    page.get_by_role("button", name="Clear").click()
    assert greys(page, "Drawing area").max() == 0 == greys(page, "what the encoders get").max()
    draw(page, STROKES["seven"])
    page.get_by_role("button", name="Back to the start").click()
    assert pictures(page) == start


def test_what_is_said_of_an_image_is_what_keras_finds(show):
    page = show("draw")
    (_, _), (images, _) = data.digits()
    (encoder, _), (plain_encoder, plain_decoder), _ = models()
    page.get_by_role("button", name="Take image 3").click()
    image = images[2:3]
    rebuilt = plain_decoder(plain_encoder(image))
    plain = float(factories.reconstruction(image, rebuilt)[0])
    _, mean, log_var = encoder(image)
    kl = float(factories.kl_divergence(mean, log_var)[0])
    found = [float(number) for number in re.findall(r"(?:cross-entropy|KL|ELBO) ([\d.]+)", said(page))]
    assert np.allclose(found[:1] + found[2:3], [plain, kl], atol=0.6) and abs(found[1] + found[2] - found[3]) < 1
    losses = np.asarray(factories.reconstruction(images, plain_decoder(plain_encoder(images))))
    share = float(re.search(r"more than for (\d+) %", said(page))[1])
    assert abs(share - 100 * (losses < losses[2]).mean()) <= 2
    assert np.abs(greys(page, "reconstruction") - 255 * np.reshape(rebuilt, (28, 28))).max() < 3, "the first is plain"


def test_a_drawing_by_keys_is_like_one_by_mouse_and_scrolls_nothing(show):
    page = show("draw", viewport={"width": 1000, "height": 500})
    area(page).focus()
    scrolled = page.evaluate("() => scrollY")
    page.keyboard.press("ArrowRight")
    assert greys(page, "what the encoders get").max() == 255, "the pen is up, so the image is still there"
    for key in ["ArrowUp"] * 10 + ["ArrowLeft"] * 9 + [" "] + ["ArrowRight"] * 16:
        page.keyboard.press(key)
    seen = greys(page, "what the encoders get")
    assert np.ptp(np.nonzero(seen > 127), axis=1).tolist() == [1, 19], "a level stroke"
    page.keyboard.down("ArrowDown")
    page.keyboard.down("ArrowLeft")
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
        page.keyboard.down("ArrowLeft")
    page.keyboard.up("ArrowLeft")
    page.keyboard.up("ArrowDown")
    page.keyboard.press(" ")
    seven = greys(page, "what the encoders get")
    assert np.ptp(np.nonzero(seven > 127), axis=1)[0] >= 8, "two keys at once go across"
    page.keyboard.press("ArrowDown")
    assert (greys(page, "what the encoders get") == seven).all(), "the pen is up again"
    assert page.evaluate("() => scrollY") == scrolled
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.tagName") != "CANVAS", "the keyboard gets out"


def test_a_finger_draws_and_the_page_stays(show):
    page = show("draw", viewport={"width": 420, "height": 800}, has_touch=True)
    area(page).scroll_into_view_if_needed()
    box, scrolled = area(page).bounding_box(), page.evaluate("() => scrollY")
    touch = page.context.new_cdp_session(page)
    for i in range(12):
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * (0.2 + 0.05 * i)
        kind = "touchMove" if i else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    seen = greys(page, "what the encoders get")
    assert np.ptp(np.nonzero(seen > 127), axis=1)[0] == 19 and np.ptp(np.nonzero(seen > 127), axis=1)[1] <= 3
    assert page.evaluate("() => scrollY") == scrolled


TIMED = """([name, count]) => {
    const canvas = document.querySelector('[role=application]'), box = canvas?.getBoundingClientRect();
    const slider = document.querySelectorAll('input[type=range]')[0], times = [];
    const send = (type, i) => canvas.dispatchEvent(new PointerEvent(type, { isPrimary: true, pointerId: 1, buttons: 1,
        clientX: box.left + box.width * (0.5 + 0.3 * Math.cos(i / 15)),
        clientY: box.top + box.height * (0.5 + 0.3 * Math.sin(i / 9)) }));
    if (canvas) {
        canvas.setPointerCapture = () => {};  // no real pointer is down
        send('pointerdown', 0);
    }
    for (let i = 1; i <= count; i++) {
        const start = performance.now();
        if (canvas) send('pointermove', i);
        else {
            slider.value = Number(slider.min) + (slider.max - slider.min) * (i % 60) / 60;
            slider.dispatchEvent(new Event('input'));
        }
        for (const it of document.querySelectorAll('figure canvas')) it.getContext('2d').getImageData(0, 0, 1, 1);
        times.push(performance.now() - start);
    }
    return times;
}"""


@pytest.mark.parametrize("name", ["draw", "eps", "hand", "token"])
def test_a_move_is_drawn_within_a_frame_of_the_screen(show, name):
    """How long it takes is printed: 16 ms are a frame."""
    page = show(name)
    before = pictures(page)
    times = page.evaluate(TIMED, [name, 120])
    print(f"{name}: median {statistics.median(times):.1f} ms, slowest {max(times):.1f} ms")
    assert pictures(page) != before and len(times) == 120


def numbers(text):
    return [float(number) for number in text.split(",")]


def test_each_draw_of_z_is_the_mean_plus_the_scaled_deviation_times_eps(show):
    page = show("eps")
    (_, _), (images, _) = data.digits()
    _, mean, log_var = (np.asarray(output)[0] for output in models()[0][0](images[:1]))
    again = page.get_by_role("button", name="Draw eps again")
    seen = set()
    for factor in ("1", "0", "2.5"):
        page.get_by_label("Standard deviation, times a factor of, typed").fill(factor)
        for _ in range(4):
            again.focus()
            page.keyboard.press(" ")
            eps = numbers(re.search(r"eps = \((.*?)\)", said(page))[1])
            z = numbers(re.search(r"std · eps = \((.*?)\)", said(page))[1])
            assert np.allclose(z, mean + float(factor) * np.exp(log_var / 2) * eps, atol=0.03)
            seen.add((*eps,))
    assert len(seen) == 12, "eps is new each time"
    draws = said(page).split(":")[0]
    assert draws == "Draw 13" and "infinitely many" not in said(page)
    page.get_by_role("button", name="Back to the start").click()
    again.click()
    assert numbers(re.search(r"eps = \((.*?)\)", said(page))[1]) in [list(eps) for eps in seen], "and the same sequence"


def test_the_losses_of_a_scaled_deviation_are_those_of_the_formula(show):
    page = show("eps")
    (_, _), (images, _) = data.digits()
    encoder, decoder = models()[0]
    _, mean, log_var = (np.asarray(output) for output in encoder(images[:1]))
    draws = np.random.default_rng(0).normal(size=(2000, 2))
    field = page.get_by_label("Standard deviation, times a factor of, typed")
    for factor in (0.5, 1, 3):
        field.fill(str(factor))
        cost, kl, both = (float(number) for number in re.findall(r"(\d+\.\d) (?:nats|of KL|in all)", said(page)))
        z = np.float32(mean + factor * np.exp(log_var / 2) * draws)
        expected = np.asarray(factories.reconstruction(np.tile(images[:1], (2000, 1)), decoder(z)))
        assert abs(cost - expected.mean()) < 0.1 + expected.std()
        scaled = log_var + 2 * np.log(factor)
        assert abs(kl - float(factories.kl_divergence(mean, np.float32(scaled))[0])) < 0.06
        assert abs(cost + kl - both) <= 0.11
    field.fill("0")
    assert "infinitely many of KL" in said(page)


def test_the_last_twenty_draws_stay_on_the_plane(show):
    page = show("eps")
    seen = [greys(page, "eps times")]
    for _ in range(3):
        page.get_by_role("button", name="Draw eps again").click()
        seen.append(greys(page, "eps times"))
    coloured = [(one != seen[0]).sum() for one in seen]
    assert coloured[0] == 0 < coloured[1] < coloured[2] < coloured[3]
    for number in ("20", "50", "51"):
        page.get_by_label("Number of the draw, typed").fill(number)
    assert said(page).startswith("Draw 51: eps")


def test_a_unit_is_turned_by_mouse_key_and_number_and_the_difference_shows_it(show):
    page = show("hand")
    white = greys(page, "after minus before")
    assert (white == 255).all() and said(page) == "Nothing is turned: this is the encoder's code."
    sliders = page.locator("input[type=range]")
    box = sliders.nth(2).bounding_box()
    assert box["height"] > 2 * box["width"], "it stands upright"
    before = sliders.nth(2).input_value()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 0.1 * box["height"])
    up = float(sliders.nth(2).input_value())
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 0.9 * box["height"])
    assert float(sliders.nth(2).input_value()) < up, "more is higher"
    page.get_by_role("button", name="Back to the encoder's code").click()
    assert sliders.nth(2).input_value() == before and (greys(page, "after minus before") == white).all()
    sliders.nth(2).focus()
    value = float(sliders.nth(2).input_value())
    for key, way in (("ArrowUp", 1), ("ArrowDown", -1)):
        page.keyboard.press(key)
        assert way * (float(sliders.nth(2).input_value()) - value) >= 0, key
        value = float(sliders.nth(2).input_value())
    field = page.locator("input[type=text]").nth(1)
    most = sliders.nth(1).get_attribute("max")
    field.fill(most)
    name = page.locator(".aelib-explorer-sliders label span").all_inner_texts()[2]
    assert name in said(page) and sliders.nth(1).input_value() == most
    page.locator("fieldset label").nth(3).click()
    assert said(page).startswith("Nothing is turned"), "another image starts from its own code"
    assert page.get_by_role("img", name="decoded from your code").is_visible()
    assert (greys(page, "decoded from your code") == greys(page, "decoded from the encoder's code")).all()


def test_the_decoder_follows_the_turned_code(show):
    page = show("hand")
    (_, _), (images, _) = data.digits()
    encoder, decoder = models()[2]
    code = encoder.predict(images[:1], verbose=0)
    units = [int(name.split()[1]) - 1 for name in page.locator(".aelib-explorer-sliders label").all_inner_texts()]
    most = page.locator("input[type=range]").nth(4).get_attribute("max")
    page.locator("input[type=text]").nth(4).fill(most)
    code[0, units[4]] = float(most)
    expected = 255 * decoder.predict(code, verbose=0).reshape(28, 28)
    assert np.abs(greys(page, "decoded from your code") - expected).max() <= 2


def token_at(page, row, column):
    """Click into a square of the grid of tokens."""
    board = page.locator("figure canvas").first
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    page.mouse.click(box["x"] + (column - 0.5) / 7 * box["width"], box["y"] + (row - 0.5) / 7 * box["height"])


def picture(page, name):
    """The grey values of a board that shows 28 x 28 pixels, each read in its middle."""
    large = greys(page, name)
    middles = ((np.arange(28) + 0.5) * len(large) / 28).astype(int)
    return large[np.ix_(middles, middles)]


def by_use():
    """The tokens of ten images, (10, 7, 7), and the entries' numbers in the codebook, the commonest first."""
    encoder, book, _ = tokens()
    (_, _), (images, _) = data.digits()
    vectors = encoder.predict(images[:300], verbose=0)
    nearest = np.linalg.norm(vectors[..., np.newaxis, :] - book, axis=-1).argmin(axis=-1)
    return nearest[:10], np.argsort(-np.bincount(nearest.ravel(), minlength=24), kind="stable").tolist()


def test_a_token_is_swapped_by_mouse_and_keys_and_the_picture_is_what_keras_draws(show):
    page = show("token")
    _, book, decoder = tokens()
    nearest, commonest = by_use()
    own, column = nearest[3], page.get_by_label("Column of the token, typed")
    page.locator("fieldset").first.locator("label").nth(3).click()
    assert "Nothing is swapped" in said(page)
    before = picture(page, "drawn from these tokens")
    token_at(page, 3, 5)
    first = commonest.index(own[2, 4])
    assert said(page).startswith(f"Row 3, column 5: entry {first + 1} (")
    other = 10 if first != 9 else 11
    page.locator("fieldset").last.locator("label").nth(other - 1).click()
    own[2, 4] = commonest[other - 1]
    board = page.locator("figure canvas").first
    board.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert column.input_value() == "6" and page.get_by_label("Row of the token, typed").input_value() == "4"
    second = commonest.index(own[3, 5])
    assert f"Row 4, column 6: entry {second + 1} (" in said(page)
    page.locator("fieldset").last.locator("input").nth(second).focus()
    page.keyboard.press("ArrowRight")
    own[3, 5] = commonest[(second + 1) % 24]
    assert f"in place of entry {second + 1}." in said(page) and "the 2 swapped squares" in said(page)
    expected = 255 * np.clip(decoder.predict(book[own][np.newaxis], verbose=0), 0, 1).reshape(28, 28)
    free = np.ones((28, 28), bool)
    free[7:17, 15:25] = False  # there are frames
    free[[0, -1]] = free[:, [0, -1]] = False
    assert np.abs(picture(page, "drawn from these tokens") - expected)[free].max() <= 3
    page.get_by_role("button", name="Put this token back").click()
    assert "In the swapped square" in said(page) and "in place of" not in said(page)
    page.get_by_role("button", name="Put all tokens back").click()
    assert "Nothing is swapped" in said(page)
    assert (picture(page, "drawn from these tokens") == before)[free].all()


def test_the_sentence_counts_the_changes_in_and_around_the_tokens_own_square(show):
    page = show("token")
    _, book, decoder = tokens()
    nearest, commonest = by_use()
    token_at(page, 4, 3)
    around = 0
    for number, k in enumerate(commonest):
        page.locator("fieldset").last.locator("label").nth(number).click()
        both = np.stack([nearest[0]] * 2)
        both[1, 3, 2] = k
        if k == nearest[0, 3, 2]:
            assert "Nothing is swapped" in said(page)
            continue
        change = np.abs(np.diff(np.clip(decoder.predict(book[both], verbose=0), 0, 1), axis=0)).reshape(28, 28)
        found = re.search(r"own square (\d+) of 16 pixels change by more than 0.1, outside (\d+) of 768", said(page))
        inside, outside = int(found[1]), int(found[2])
        assert abs(inside - (change[12:16, 8:12] > 0.1).sum()) <= 1, "the page has weights of float16"
        assert abs(inside + outside - (change > 0.1).sum()) <= 2
        assert not outside or "the farthest 1 square away" in said(page)
        assert said(page).endswith(("reach 1 square away.", "No pixel outside changes by a grey value."))
        around += outside > 0
    assert around > 5, "one convolution of 3 x 3 reaches one square"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["draw", "eps", "hand", "token"])
def test_they_look_right_wide_and_narrow_and_violate_no_rule_of_wcag(show, name, theme):
    """Leaves pictures for a person to look at."""
    for width in (1000, 420):
        page = show(name, theme, viewport={"width": width, "height": 1600})
        if name == "draw":
            draw(page, STROKES["plus"])
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "nothing is beside the page"
        keep(page, f"drawn_{name}_{theme}_{width}")
        if not AXE:
            continue
        page.evaluate("source => { eval.call(window, source); }", pathlib.Path(AXE).read_text("utf-8"))
        levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
        found = page.evaluate(
            "levels => axe.run(document.querySelector('.aelib-explorer'), { runOnly: levels })", levels
        )
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
        assert any(one["id"] == "color-contrast" for one in found["passes"])
