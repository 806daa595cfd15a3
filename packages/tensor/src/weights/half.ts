/** Numbers of IEEE 754 binary16 (`F16`), given by their bits, as float32. Exact. */
export function fromHalf(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i += 1) {
    const sign = bits[i] & 0x8000 ? -1 : 1;
    const exponent = (bits[i] >> 10) & 0x1f;
    const fraction = bits[i] & 0x3ff;
    if (exponent === 0)
      values[i] = sign * fraction * 2 ** -24; // subnormal
    else if (exponent === 31) values[i] = fraction === 0 ? sign * Infinity : Number.NaN;
    else values[i] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return values;
}

/** Numbers of bfloat16 (`BF16`), the upper half of a float32, as float32. Exact. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i += 1) words[i] = bits[i] << 16;
  return new Float32Array(words.buffer);
}
