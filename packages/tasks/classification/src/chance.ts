import type { Chance, Split } from '@kdx/core';
import { imagesPerClass } from './images-per-class.js';

/**
 * Top-1 in percent of always naming the largest class, 100 / K where the classes are even, and the limit below which a model on
 * so many images of the split knows no more.
 * @param classes of the data, with or without an image in the split
 * @param images how many of the split were scored
 */
export function chanceOf(split: Pick<Split, 'length' | 'labels'>, classes: number, images: number): Chance {
  const largest = Math.max(...imagesPerClass(split).values()) / split.length;
  const isEven = largest <= 1 / classes + 1 / split.length;
  const chance = isEven ? 1 / classes : largest;
  // By three standard errors, and by a share that matters.
  const error = Math.sqrt((chance * (1 - chance)) / images);
  const top1 = 100 * chance;
  return {
    score: top1,
    limit: 100 * (chance + Math.max(3 * error, Math.min(chance, (1 - chance) / 4))),
    text: isEven
      ? `chance is ${top1.toFixed(1)} %`
      : `always naming the largest class scores ${top1.toFixed(1)} %`,
  };
}
