// What a chain of layers computes from the letters that explorer.py wrote, and an image moved; no page is here.

// Numbers that explorer.py put into letters, as an array of rows, or of numbers if they have one dimension.
function unpacked({ type, shape, letters }) {
  const bytes = Uint8Array.from(atob(letters), sign => sign.charCodeAt(0));
  let numbers = Float32Array.from(bytes, byte => byte / 255);
  if (type === "u4")  // two numbers in a byte
    numbers = Float32Array.from({ length: 2 * bytes.length }, (_, i) => (bytes[i >> 1] >> 4 * (1 - i % 2) & 15) / 15);
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

  convolution({ kernel, bias, activation, size, height, channels, padding }) {
    const rows = unpacked(kernel), start = unpacked(bias), activate = ACTIVATE[activation];
    const edge = padding === "same" ? (size - 1) >> 1 : 0;
    return values => {
      const width = values.length / channels / height, lost = padding === "same" ? 0 : size - 1;
      const sums = new Float32Array((height - lost) * (width - lost) * start.length);
      for (let y = 0, place = 0; y < height - lost; y++)
        for (let x = 0; x < width - lost; x++, place += start.length) {
          sums.set(start, place);
          for (let k = 0; k < size * size; k++) {
            const row = y + Math.floor(k / size) - edge, column = x + k % size - edge;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;  // beyond the edge all is 0
            const from = (row * width + column) * channels;
            for (let c = 0; c < channels; c++) addTimes(sums, place, rows[k * channels + c], values[from + c]);
          }
        }
      return sums.map(activate);
    };
  },

  pooling({ size, height, channels, padding }) {
    const count = padding === "same" ? side => Math.ceil(side / size) : side => Math.floor(side / size);
    const edge = side => Math.max(0, count(side) * size - side) >> 1;
    return values => {
      const width = values.length / channels / height, rows = count(height), columns = count(width);
      const most = new Float32Array(rows * columns * channels).fill(-Infinity);
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const row = Math.floor((y + edge(height)) / size), column = Math.floor((x + edge(width)) / size);
          if (row >= rows || column >= columns) continue;
          for (let c = 0; c < channels; c++) {
            const place = (row * columns + column) * channels + c;
            most[place] = Math.max(most[place], values[(y * width + x) * channels + c]);
          }
        }
      return most;
    };
  },

  upsampling({ size, height, channels }) {
    return values => {
      const width = values.length / channels / height, out = width * size;
      return Float32Array.from({ length: values.length * size ** 2 }, (_, i) => {
        const place = Math.floor(i / channels), y = Math.floor(place / out / size), x = Math.floor(place % out / size);
        return values[(y * width + x) * channels + i % channels];
      });
    };
  },
};

// Add a row of weights times a value to the sums from a place on.
function addTimes(sums, place, row, value) {
  if (value) for (let j = 0; j < row.length; j++) sums[place + j] += value * row[j];
}

// An image of shape [height, width, channels] moved to the right and down by some pixels; what comes in is black.
function moved(values, right, down, [height, width, channels]) {
  return values.map((_, i) => {
    const place = Math.floor(i / channels), x = place % width - right, y = Math.floor(place / width) - down;
    return x >= 0 && x < width && y >= 0 && y < height ? values[(y * width + x) * channels + i % channels] : 0;
  });
}
