import { existsSync, readdirSync, statSync } from 'node:fs';
import { poolPath } from '@kdx/data';
import { isTemporary } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { movedClass } from '../moved-class.js';
import { checkInversion } from './inversion.js';
import type { SynthesizeOptions } from './request.js';
import { checkStart } from './starting-images.js';
import { targetBatches } from './targets.js';

/**
 * Refuses what cannot be made before anything is written: a pool keeps the settings it was begun with.
 * @throws KdxError `KDX_SYNTH_…`, `KDX_INVERT_NO_BATCH_NORM`
 */
export function checkRequest(options: SynthesizeOptions, classes: readonly number[]): void {
  const { inverted, directory, threshold, verifier, competitor, settings } = options;
  const { spec } = inverted.model;
  const stray = classes.find((k) => !(Number.isInteger(k) && k >= 0 && k < spec.classes));
  if (stray !== undefined || new Set(classes).size < classes.length || classes.length === 0) {
    const why = stray === undefined ? 'must be different ones' : `names class ${stray}`;
    throw kdxError(
      'KDX_SYNTH_CLASSES',
      `--classes ${why}, and "${spec.name}" has classes 0 to ${spec.classes - 1}; e.g. --classes 0-${spec.classes - 1}.`,
    );
  }
  if (threshold !== undefined && !verifier) {
    throw kdxError(
      'KDX_SYNTH_VERIFIER',
      '--threshold is of a verifier’s probability; name one by --verify MODEL@WEIGHTS.',
    );
  }
  if (verifier?.identity.sha256 === inverted.identity.sha256) {
    throw kdxError(
      'KDX_SYNTH_VERIFIER',
      '--verify names the inverted network itself, which knows all its images; name one of another training.',
    );
  }
  for (const [flag, other] of [
    ['--verify', verifier],
    ['--compete', competitor],
  ] as const) {
    if (!other) continue;
    const theirs = other.model.spec;
    if (theirs.classes === spec.classes && theirs.inputSize.join() === spec.inputSize.join()) continue;
    throw kdxError(
      'KDX_SYNTH_NETWORK',
      `${flag} "${theirs.name}" takes images of ${theirs.inputSize.join('×')} and knows ${theirs.classes} classes, "${spec.name}" ${spec.inputSize.join('×')} and ${spec.classes}; name one for the same images.`,
    );
  }
  checkClassOrder(options);
  if (options.start) checkStart(options.start, inverted.model, classes);
  if (directory.includes('?')) {
    throw kdxError(
      'KDX_SYNTH_OUT',
      `--out "${directory}" has a question mark, after which pool:DIR takes options; choose a name without one.`,
    );
  }
  if (holdsOtherThings(directory)) {
    throw kdxError('KDX_SYNTH_OUT', `${directory} holds other things than a pool; choose another --out.`);
  }
  const targets = planOf(options, classes).next().value;
  checkInversion({ model: inverted.model, competitor: competitor?.model, settings, targets });
}

/** A class of another number in one of them would be taken for what it is not. */
function checkClassOrder({ inverted, verifier, competitor, classNames, start }: SynthesizeOptions): void {
  const ours = inverted.classNames;
  if (!ours) return;
  for (const [flag, theirs] of [
    ['--verify', verifier?.classNames],
    ['--compete', competitor?.classNames],
    ['--data', classNames],
    ['--start', start?.labelNames],
  ] as const) {
    const moved = theirs && movedClass(theirs, ours);
    if (moved === undefined) continue;
    throw kdxError(
      'KDX_SYNTH_CLASSES',
      `${flag} has the classes in another order than "${inverted.model.spec.name}": class ${moved} is "${theirs?.[moved]}" there and "${ours[moved]}" here; name one of the same order.`,
    );
  }
}

const holdsOtherThings = (directory: string): boolean =>
  existsSync(directory) &&
  statSync(directory).isDirectory() &&
  !existsSync(poolPath(directory)) &&
  readdirSync(directory).some(isForeign);

/** A process that was killed at once may have left these. */
const isForeign = (name: string): boolean =>
  !['batches', 'pool.lock'].includes(name) && !(name.startsWith('pool.json.') && isTemporary(name));

/** Which class each image of a batch is made to be, batch by batch. */
export const planOf = ({ settings, seed = 0 }: SynthesizeOptions, classes: readonly number[]) =>
  targetBatches({
    classes,
    classesPerBatch: settings.classesPerBatch,
    imagesPerClass: settings.imagesPerClass,
    seed,
  });
