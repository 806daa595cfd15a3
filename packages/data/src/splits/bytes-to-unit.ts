/** An 8-bit pixel as the float32 in [0, 1] that stands for it: v / 255. */
export const BYTE_TO_UNIT = Float32Array.from({ length: 256 }, (_, value) => value / 255);
