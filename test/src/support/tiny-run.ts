import { BACKEND_FLAGS } from './backend.js';
import { fixture } from './cli.js';

/** A student, teacher and data set small enough that a run takes seconds. */
export const STUDENT = 'vit_tiny_patch16_224?img=32&patch=8&dim=32&depth=2&heads=2';
export const TEACHER = 'convnet?width=8';
export const DATA = 'shapes?train=104&validation=24&test=24';

/** `--set` for each setting. */
export const set = (settings: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(settings).flatMap(([path, value]) => ['--set', `${path}=${value}`]);

/**
 * Everything at once that a resume could get wrong: mixing, EMA, accumulation with a last step that is not full,
 * dropout and drop path, a token of a plugin's, and a helper module that leaves the optimiser on the way. 3 epochs of
 * 4 steps.
 */
export const everything = (teacher: string): string[] => [
  ...[
    '--student',
    `${STUDENT}&drop=0.1&drop-path=0.2`,
    '--teacher',
    teacher,
    '--data',
    `${DATA}&augment=crop,flip`,
  ],
  ...['--plugins', `deit,${fixture('hint.mjs')},${fixture('stop-at.mjs')}`],
  ...['--epochs', '3', '--batch', '16', ...BACKEND_FLAGS],
  ...set({
    accumulate: 2,
    mixup: 0.8,
    cutmix: 1,
    labelSmoothing: 0.1,
    ema: 0.9,
    clip: 1,
    saveEvery: 2,
    logEvery: 1,
  }),
];
