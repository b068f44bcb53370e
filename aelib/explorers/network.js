// What a chain of layers computes from the letters that explorer.py wrote, and an image moved; no page is here.

// Numbers that explorer.py put into letters, as an array of rows, or of numbers if they have one dimension.
function unpacked({ type, shape, letters }) {
  const bytes = Uint8Array.from(atob(letters), sign => sign.charCodeAt(0));
  let numbers = Float32Array.from(bytes, byte => byte / 255);
  if (type === "f2") {
    const view = new DataView(bytes.buffer);
    numbers = Float32Array.from({ length: bytes.length / 2 }, (_, i) => half(view.getUint16(2 * i, true)));
  }
  if (shape.length === 1) return numbers;
  return Array.from({ length: shape[0] }, (_, i) => numbers.subarray(i * shape[1], (i + 1) * shape[1]));
}

// The number of a float16's 16 bits, IEEE 754.
function half(bits) {
  const exponent = (bits >> 10) & 31, fraction = (bits & 1023) / 1024;
  const size = exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction;
  return bits >> 15 ? -size : size;
}

const ACTIVATE = {
  linear: x => x,
  relu: x => Math.max(x, 0),
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

// The function that a chain of layers computes, for one image or code at a time. An image is one array: row after
// row of pixels, and for each pixel the numbers of its channels.
function network(layers) {
  const steps = layers.map(layer => LAYERS[layer.kind ?? "dense"](layer));
  return values => steps.reduce((passed, step) => step(passed), values);
}

const LAYERS = {
  dense({ kernel, bias, activation }) {
    const rows = unpacked(kernel), start = unpacked(bias), activate = ACTIVATE[activation];
    return values => {
      const sums = Float32Array.from(start);
      rows.forEach((row, i) => addTimes(sums, 0, row, values[i]));
      return sums.map(activate);
    };
  },

  convolution({ kernel, bias, activation, size, channels, padding }) {
    const rows = unpacked(kernel), start = unpacked(bias), activate = ACTIVATE[activation];
    const edge = padding === "same" ? (size - 1) >> 1 : 0;
    return values => {
      const side = Math.sqrt(values.length / channels), out = padding === "same" ? side : side - size + 1;
      const sums = new Float32Array(out * out * start.length);
      for (let y = 0, place = 0; y < out; y++)
        for (let x = 0; x < out; x++, place += start.length) {
          sums.set(start, place);
          for (let k = 0; k < size * size; k++) {
            const row = y + Math.floor(k / size) - edge, column = x + k % size - edge;
            if (row < 0 || row >= side || column < 0 || column >= side) continue;  // beyond the edge all is 0
            const from = (row * side + column) * channels;
            for (let c = 0; c < channels; c++) addTimes(sums, place, rows[k * channels + c], values[from + c]);
          }
        }
      return sums.map(activate);
    };
  },

  pooling({ size, channels, padding }) {
    return values => {
      const side = Math.sqrt(values.length / channels);
      const out = padding === "same" ? Math.ceil(side / size) : Math.floor(side / size);
      const edge = (out * size - side) > 0 ? (out * size - side) >> 1 : 0;
      const most = new Float32Array(out * out * channels).fill(-Infinity);
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++) {
          const row = Math.floor((y + edge) / size), column = Math.floor((x + edge) / size);
          if (row >= out || column >= out) continue;
          for (let c = 0; c < channels; c++) {
            const place = (row * out + column) * channels + c;
            most[place] = Math.max(most[place], values[(y * side + x) * channels + c]);
          }
        }
      return most;
    };
  },

  upsampling({ size, channels }) {
    return values => {
      const side = Math.sqrt(values.length / channels), out = side * size;
      return Float32Array.from({ length: out * out * channels }, (_, i) => {
        const place = Math.floor(i / channels), y = Math.floor(place / out / size), x = Math.floor(place % out / size);
        return values[(y * side + x) * channels + i % channels];
      });
    };
  },
};

// Add a row of weights times a value to the sums from a place on.
function addTimes(sums, place, row, value) {
  if (value) for (let j = 0; j < row.length; j++) sums[place + j] += value * row[j];
}

// A square image moved to the right and down by some pixels; what comes in is black.
function moved(values, right, down) {
  const side = Math.sqrt(values.length);
  return values.map((_, i) => {
    const x = i % side - right, y = Math.floor(i / side) - down;
    return x >= 0 && x < side && y >= 0 && y < side ? values[y * side + x] : 0;
  });
}
