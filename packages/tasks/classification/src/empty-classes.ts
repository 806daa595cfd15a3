import type { DataSource, RunWarning, Split } from '@kdx/core';

/** Names that a message lists at most. */
const LISTED = 10;

/** Classes that no training image has, `KDX_CLASS_EMPTY`: nothing can learn them, though other splits may ask for them. */
export function emptyClasses({ name, classNames, train, validation, test }: DataSource): RunWarning[] {
  const trained = imagesPerClass(train);
  const empty = classNames.flatMap((_, k) => (trained.has(k) ? [] : [k]));
  if (empty.length === 0) return [];
  const names = empty.slice(0, LISTED).map((k) => `"${classNames[k]}"`);
  const more = empty.length > LISTED ? ` and ${empty.length - LISTED} more` : '';
  const asked = [
    ['validation', validation],
    ['test', test],
  ] as const;
  const elsewhere = asked.flatMap(([split, images]) => {
    const counts = imagesPerClass(images);
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

function imagesPerClass(split: Split | undefined): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (let index = 0; index < (split?.length ?? 0); index += 1) {
    const label = (split as Split).labels[index];
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return counts;
}
