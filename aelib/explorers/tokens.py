"""The explorer of a token that is swapped for another entry of the codebook: its data and checks; no model is here."""

import numpy as np

from aelib.explorers.explorer import Explorer, float16_letters, image_rows, pale_letters
from aelib.explorers.models import codes_of, fitting, image_shape, outputs_of
from aelib.explorers.network import exported_with_order, to_numpy

MOST_SIDE = 8  # tokens on a side of the grid: each has its number written on it
MOST_ENTRIES = 64  # of a codebook: each is a picture to choose
STATIC_EXAMPLES = 3


def swap_a_token(encoder, book, decoder, images, examples):
    """Explore how far a token reaches: swap it for another entry of the codebook, and the decoder draws anew.

    A token is the number of the entry that is nearest to the encoder's vector at its place. Here the entries are
    numbered by how often the images use them, 1 for the commonest, and each is shown by what the decoder draws there
    on average: the token's own square, and half a square around it. One that no image uses is shown grey.

    Args:
        encoder: Images -> vectors on a grid, (n, rows, columns, d), at most 8 x 8. Each belongs to a rectangle of the
            image, its own square.
        book: The codebook's vectors, (K, d), K from 2 to 64.
        decoder: Such a grid -> images (n, pixels). What lies outside of [0, 1] is drawn black or white.
        images: Images (n, pixels), which tell how often each entry is used and what is drawn there, e.g. 500.
        examples: Images to choose from, (k, pixels), k at most 10.

    Raises:
        ValueError: if grid, codebook, decoder and images don't fit each other, or the page can't run the decoder.

    Source: van den Oord, Vinyals and Kavukcuoglu, "Neural discrete representation learning", 2017.
    """
    shape = image_shape(encoder, decoder, images)
    grid = _grid(encoder, shape)
    images, examples = fitting(encoder, decoder, images=images, examples=examples)
    book = _vectors(book, grid[2])
    used = _nearest(codes_of(encoder, images), book)
    uses = np.bincount(used.ravel(), minlength=len(book))
    commonest = np.argsort(-uses, kind="stable")
    pictures = _pictures(used, np.clip(outputs_of(decoder, book[used]), 0, 1), len(book), grid, shape)
    book, tokens = book[commonest], np.argsort(commonest)[_nearest(codes_of(encoder, examples), book)]
    decoded, order = exported_with_order(decoder)

    few = tokens[:STATIC_EXAMPLES]
    middle = grid[0] // 2 * grid[1] + grid[1] // 2
    swapped = few.copy()
    swapped[:, middle] = few[:, middle] == 0  # the commonest entry, or the next where it is that one already
    before, after = (np.clip(outputs_of(decoder, book[which]), 0, 1) for which in (few, swapped))
    rows = {"image": examples[:STATIC_EXAMPLES], "from its tokens": before, "one token swapped": after}
    return Explorer(
        "swapAToken",
        "Swap one token for another entry of the codebook: how far beyond the token's own square does the picture "
        "change?",
        image_rows(rows | {"change": np.abs(after - before)}, "The token in the middle of the grid, swapped", shape),
        {"decoder": decoded},
        {
            "shape": shape,
            "grid": grid[:2],
            "examples": pale_letters(examples),  # small pictures to choose from
            "tokens": tokens.tolist(),
            "book": float16_letters(book),
            "pictures": pale_letters(pictures[commonest]),
            "shares": np.round(np.sort(uses)[::-1] / uses.sum(), 4).tolist(),
            "order": order.tolist(),
        },
    )


def _grid(encoder, shape):
    """Return the grid's shape (rows, columns, d), or raise in the user's terms; images have `shape`."""
    grid = encoder.output_shape[1:] if isinstance(encoder.output_shape, tuple) else ()
    if len(grid) != 3 or None in grid or max(grid[:2]) > MOST_SIDE or shape[0] % grid[0] or shape[1] % grid[1]:
        raise ValueError(
            f"The encoder makes {encoder.output_shape} of images of {shape[0]} x {shape[1]} pixels: expected vectors "
            f"on a grid, (n, rows, columns, d), with at most {MOST_SIDE} rows and columns that divide the image, e.g. "
            "(n, 7, 7, 8). End the encoder with a convolution, without Flatten."
        )
    return tuple(grid)


def _vectors(book, numbers):
    """Return a codebook as float32 (K, numbers), rounded as the page has it, or raise in the user's terms."""
    try:
        vectors = to_numpy(book)
    except (TypeError, ValueError):  # a layer, or lists of unequal lengths
        vectors = np.empty(0)
    fits = vectors.ndim == 2 and vectors.shape[1] == numbers and 2 <= len(vectors) <= MOST_ENTRIES
    if not fits or not np.abs(vectors).max() < 65504:
        came = f"of shape {vectors.shape}" if vectors.size else f"of type {type(book).__name__}"
        raise ValueError(
            f"book is {came}: expected finite numbers (K, {numbers}), from 2 to {MOST_ENTRIES} entries, each as long "
            "as the encoder's vectors. Of a codebook layer, give its weights: codebook.get_weights()[0]."
        )
    return np.float32(np.float16(vectors))


def _nearest(codes, book):
    """Return the number of the nearest entry for each of the vectors in codes (n, numbers)."""
    vectors = codes.reshape(len(codes), -1, book.shape[1])
    return np.argmin((book**2).sum(axis=1) - 2 * vectors @ book.T, axis=2)


def _pictures(used, drawn, entries, grid, shape):
    """Return for each entry the mean of the drawn images around its places, twice as wide and high as a square.

    Args:
        used: Tokens of images, (n, places).
        drawn: What the decoder draws from them, (n, pixels).
        entries: How many there are.
        grid: (rows, columns, d).
        shape: That of an image, (height, width, channels).
    """
    sides = np.array(shape[:2]) // grid[:2]
    before, after = sides // 2, sides - sides // 2
    edges = ((0, 0), *zip(before, after), (0, 0))
    padded = np.pad(drawn.reshape(-1, *shape), edges)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * sides, axis=(1, 2))[:, :: sides[0], :: sides[1]]
    pieces, used = np.moveaxis(windows, 3, 5).reshape(used.size, -1), used.ravel()
    return np.stack(
        [pieces[used == k].mean(axis=0) if k in used else np.full(len(pieces[0]), 0.5) for k in range(entries)]
    )
