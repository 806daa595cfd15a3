/** The logits of the spec's golden cases, two images and four classes: student, teacher, shadow. */
export const S = [
  [2, 1, 0, -1],
  [0.5, 0.5, -0.5, 1.5],
];
export const T = [
  [3, 0, 0, -3],
  [-1, 0, 1, 4],
];
export const H = [
  [1, 2, -1, 0],
  [0, -1, 0, 3],
];
