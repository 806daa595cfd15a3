import type { Epochs, OverEpochs } from './explanation.js';

/** What a value is over the epochs of a run, where it changes; arrays and objects count by their JSON. */
export function overEpochs<T>(epochs: number, valueAt: (epoch: number) => T): OverEpochs<T> {
  const changes: [number, T][] = [];
  let before: string | undefined;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const value = valueAt(epoch);
    const key = JSON.stringify(value);
    if (key !== before) changes.push([epoch, value]);
    before = key;
  }
  return changes;
}

/** The stretches of epochs for which something holds. */
export function epochsWhere(epochs: number, holds: (epoch: number) => boolean): Epochs[] {
  return overEpochs(epochs, holds).flatMap(([from, value], index, all) =>
    value ? [[from, (all[index + 1]?.[0] ?? epochs) - 1] as const] : [],
  );
}
