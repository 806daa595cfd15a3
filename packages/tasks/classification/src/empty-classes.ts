import type { DataSource, RunWarning } from '@kdx/core';
import { imagesPerClass } from './images-per-class.js';

const NO_IMAGES = { length: 0, labels: [] };

/** Names that a message lists at most. */
const LISTED = 10;

/** Classes that no training image has, `KDX_CLASS_EMPTY`: nothing can learn them, though other splits may ask for them. */
export function emptyClasses({ name, labelNames, train, validation, test }: DataSource): RunWarning[] {
  const trained = imagesPerClass(train);
  const empty = labelNames.flatMap((_, k) => (trained.has(k) ? [] : [k]));
  if (empty.length === 0) return [];
  const names = empty.slice(0, LISTED).map((k) => `"${labelNames[k]}"`);
  const more = empty.length > LISTED ? ` and ${empty.length - LISTED} more` : '';
  const asked = [
    ['validation', validation],
    ['test', test],
  ] as const;
  const elsewhere = asked.flatMap(([split, images]) => {
    const counts = imagesPerClass(images ?? NO_IMAGES);
    const count = empty.reduce((sum, k) => sum + (counts.get(k) ?? 0), 0);
    return count === 0 ? [] : [`${count} ${split} image${count === 1 ? '' : 's'}`];
  });
  const they = empty.length === 1 ? 'it' : 'them';
  const scored =
    elsewhere.length === 0 ? '' : `, and ${elsewhere.join(' and ')} of ${they} count as mistakes`;
  return [
    {
      code: 'KDX_CLASS_EMPTY',
      message: `The data ${name} has no training image of ${names.join(', ')}${more}, so nothing can learn ${they}${scored}; take more training images, or data without ${they}.`,
    },
  ];
}
