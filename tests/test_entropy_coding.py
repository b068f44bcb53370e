"""Arithmetic coding: what comes back, how long the bytes are by theory, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from aelib import entropy_coding


def ideal_bits(column):
    """The bits that adaptive counts from 1 on cost by theory: the chain of probabilities, as factorials."""
    counts = np.bincount(column - column.min())
    n, size = len(column), len(counts)
    nats = math.lgamma(n + size) - math.lgamma(size) - sum(math.lgamma(count + 1) for count in counts)
    return nats / math.log(2)


def entropy_bits(column):
    """The bits that no code with fixed frequencies beats."""
    shares = np.unique(column, return_counts=True)[1] / len(column)
    return -len(column) * float(np.sum(shares * np.log2(shares)))


@given(
    arrays.arrays(np.int64, st.tuples(st.integers(1, 40), st.integers(1, 5)), elements=st.integers(-300, 300))
    | arrays.arrays(np.int8, st.tuples(st.integers(1, 40), st.integers(1, 5)), elements=st.integers(0, 1))
)
def test_what_comes_back_is_what_went_in(symbols):
    assert np.array_equal(entropy_coding.decode(entropy_coding.encode(symbols)), symbols)


@pytest.mark.parametrize("spread", [0.2, 1, 10, 1000])
def test_the_bytes_are_as_few_as_theory_says(spread):
    symbols = np.round(np.random.default_rng(0).normal(3, spread, size=(1000, 4))).astype(int)
    payload = 8 * (len(entropy_coding.encode(symbols)) - 8 - 4 * 4)
    ideal = sum(map(ideal_bits, symbols.T))
    assert ideal - 1 < payload < 1.001 * ideal + 48
    assert payload > sum(map(entropy_bits, symbols.T))


def test_frequent_symbols_cost_less_than_a_bit():
    rare = (np.random.default_rng(0).random((5000, 1)) < 0.01).astype(int)
    assert 8 * len(entropy_coding.encode(rare)) / rare.size < 0.15
    assert len(entropy_coding.encode(np.full((5000, 1), 7))) == 8 + 4 + 4


def test_a_carry_runs_through_many_bytes():
    symbols = np.ones((4000, 1), int)  # the interval stays at the top, so its start is a long row of ones
    symbols[0] = symbols[-1] = 0
    for last in range(1, 60):
        symbols[-last:] = 0
        assert np.array_equal(entropy_coding.decode(entropy_coding.encode(symbols)), symbols)


def test_the_largest_range_comes_back():
    symbols = np.array([[-(2**15), 5], [-1, 2**15 - 1], [-2, 5]])
    assert np.array_equal(entropy_coding.decode(entropy_coding.encode(symbols)), symbols)


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_whole_numbers_of_any_type_come_back(kind):
    symbols = np.array([[1, 100], [3, 2], [2, 127]], kind)
    assert np.array_equal(entropy_coding.decode(entropy_coding.encode(symbols)), symbols)


@pytest.mark.parametrize(
    "symbols, words",
    [
        ([1, 2, 3], r"shape \(3,\)"),
        ([[0.5]], "type float64"),
        (np.zeros((0, 3), int), r"expected whole numbers \(n, k\)"),
        ([[2**15]], "Round with a larger step"),
        ([[-(2**15)], [2**15 - 1]], "apart"),
    ],
)
def test_what_can_not_be_coded_is_refused(symbols, words):
    with pytest.raises(ValueError, match=words):
        entropy_coding.encode(symbols)


@pytest.mark.parametrize("data", [b"", b"abc", bytes(20), entropy_coding.encode([[1, 2]])[:15]])
def test_bytes_from_elsewhere_are_refused(data):
    with pytest.raises(ValueError, match="bytes that entropy_coding.encode did not give"):
        entropy_coding.decode(data)


@pytest.mark.parametrize("cut", [1, 4, 10])
def test_bytes_that_end_too_early_or_too_late_are_refused(cut):
    data = entropy_coding.encode(np.random.default_rng(0).integers(-20, 20, (50, 3)))
    with pytest.raises(ValueError, match="end too early"):
        entropy_coding.decode(data[:-cut])
    with pytest.raises(ValueError, match=f"last {cut} bytes are too many"):
        entropy_coding.decode(data + bytes(cut))
