import { type DataSource, type Split } from '@kdx/core';
import { keyedRng } from '@kdx/tensor';

export interface ImagesOptions {
  readonly classes: number;
  readonly train: number;
  readonly validation: number;
}

/** Images of 8×8×3 in which a row and a column tell the class, under noise. */
export function kitImages({ classes, train, validation }: ImagesOptions): DataSource {
  const split = (name: string, length: number): Split => {
    // Classes far apart, so that of 1000 not only the first few are seen.
    const labels = Array.from({ length }, (_, index) => (index * 389) % classes);
    return {
      length,
      labels,
      read(index, out) {
        const rng = keyedRng(7, name, index);
        const [row, column] = [labels[index] % 8, Math.floor(labels[index] / 8) % 8];
        for (let i = 0; i < out.length; i++) {
          const place = Math.floor(i / 3);
          const lit = place >> 3 === row || place % 8 === column;
          out[i] = 0.5 * rng.uniform() + (lit ? 0.5 : 0);
        }
      },
    };
  };
  return {
    name: 'kit-images',
    digest: `kit-images-${classes}`,
    imageSize: [8, 8, 3],
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    labelNames: Array.from({ length: classes }, (_, k) => `class ${k}`),
    train: split('train', train),
    validation: validation > 0 ? split('validation', validation) : undefined,
    augment: [],
  };
}
