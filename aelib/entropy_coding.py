"""Whole numbers to bytes and back without loss, by arithmetic coding; how numbers are rounded is not decided here.

The bytes hold all that `decode` needs. No table of frequencies is sent: for each column, coder and decoder count the
symbols that have gone by, so both know how frequent each one has been so far.
"""

import struct

import numpy as np

ONE = 2**32  # what the coder's numbers stay below
LEAST = 2**24  # an interval below this gives out a byte
MOST = 2**23  # rows or columns, so that no count reaches LEAST
LARGEST = 2**15  # symbols lie between -LARGEST and LARGEST - 1


def encode(symbols):
    """Return whole numbers as few bytes: a symbol that is frequent in its column costs little, a rare one more.

    Args:
        symbols: Whole numbers (n, k) from -32,768 to 32,767, e.g. n codes of k numbers, rounded.

    Returns:
        Bytes: n and k in 8 bytes, each column's lowest symbol and range in 4, and then the symbols, coded.

    Raises:
        ValueError: if the symbols are not whole numbers (n, k), or out of range.

    Source: Witten, Neal and Cleary, "Arithmetic coding for data compression", Comm. ACM 30, 1987 (intervals, and
        counts that adapt); Martin, "Range encoding", 1979 (bytes in place of bits).
    """
    symbols = np.asarray(symbols)
    if symbols.ndim != 2 or symbols.dtype.kind not in "iu" or not 0 < min(symbols.shape) <= max(symbols.shape) <= MOST:
        raise ValueError(
            f"symbols of shape {symbols.shape} and type {symbols.dtype}: expected whole numbers (n, k). Write for "
            "example np.round(codes / step).astype(int)."
        )
    lows, highs = symbols.min(axis=0).tolist(), symbols.max(axis=0).tolist()
    if min(lows) < -LARGEST or max(highs) >= LARGEST or max(high - low for low, high in zip(lows, highs)) >= LARGEST:
        raise ValueError(
            f"symbols range from {min(lows)} to {max(highs)}: expected -{LARGEST:,} to {LARGEST - 1:,}, and each "
            f"column's less than {LARGEST:,} apart. Round with a larger step."
        )
    counts = [[1] * (high - low + 1) for low, high in zip(lows, highs)]
    header = struct.pack("<II", *symbols.shape)
    header += b"".join(struct.pack("<hH", low, len(seen)) for low, seen in zip(lows, counts))
    start, span, out = 0, ONE, bytearray()  # the interval that stands for the symbols so far: its start and its length
    for done, row in enumerate((symbols.astype(np.int64) - lows).tolist()):
        for seen, symbol in zip(counts, row):
            share = span // (len(seen) + done)
            start, span = start + share * sum(seen[:symbol]), share * seen[symbol]
            seen[symbol] += 1
            if start >= ONE:  # carry into the bytes that are out
                start -= ONE
                last = len(out) - 1
                while out[last] == 255:
                    out[last] = 0
                    last -= 1
                out[last] += 1
            while span < LEAST:
                out.append(start // LEAST)
                start, span = start % LEAST * 256, span * 256
    return header + bytes(out) + start.to_bytes(4, "big")


def decode(data):
    """Return the whole numbers (n, k) that `encode` made the bytes from, exactly.

    Args:
        data: Bytes from `encode`.

    Raises:
        ValueError: if the bytes are too few or too many, or begin otherwise.
    """
    n, k = struct.unpack_from("<II", data) if len(data) >= 8 else (0, 0)
    columns = list(struct.iter_unpack("<hH", data[8 : 8 + 4 * k])) if len(data) >= 8 + 4 * k + 4 else []
    if not 0 < n <= MOST or not columns or not all(size for _, size in columns):
        raise ValueError(f"{len(data)} bytes that entropy_coding.encode did not give: expected all of its bytes.")
    counts = [[1] * size for _, size in columns]
    stream = iter(data[8 + 4 * k :])
    above = int.from_bytes(bytes(_next(stream) for _ in range(4)), "big")  # the bytes' number, from the start on
    span, symbols = ONE, np.empty((n, k), int)
    for done in range(n):
        for column, seen in enumerate(counts):
            share = span // (len(seen) + done)
            symbol, below = 0, 0
            while symbol < len(seen) - 1 and above >= share * (below + seen[symbol]):
                below += seen[symbol]
                symbol += 1
            above, span = above - share * below, share * seen[symbol]
            seen[symbol] += 1
            while span < LEAST:
                above, span = above * 256 + _next(stream), span * 256
            symbols[done, column] = symbol
    if left := len(list(stream)):
        raise ValueError(f"The last {left} bytes are too many: expected the bytes of one entropy_coding.encode.")
    return symbols + [low for low, _ in columns]


def _next(stream):
    """Return the next byte, or raise in the user's terms."""
    try:
        return next(stream)
    except StopIteration:
        raise ValueError("The bytes end too early: expected all that entropy_coding.encode gave.") from None
