import test from 'ava';
import { type PresetName, settle, shakeOptions } from './options.js';

/*
 * What each preset claims, read in its source: the released code (lilujunai/SHAKE, HEAD 3fa4e11, under `shake/`), the poster
 * (`poster/shake-poster.jpg`), the text of the submission (eq. 5, section 3) and the supplement (section 1.3).
 */

/** Defaults of train_student.py and scripts/run_cifar_distill.sh, `-a 0 -b 1`, γ 1, T 4; λ = 1 and τ = 4 in the text. */
const COMMON = { alpha: 0, beta: 1, gamma: 1, lambda: 1, temperature: 4, reverse: true } as const;

const SOURCES: Record<PresetName, { source: string; values: object }> = {
  official: {
    source: 'helper/loops.py:119-137, models/util.py:20-73',
    values: {
      site: 'teacher',
      inherit: 'mse',
      shadowCe: true,
      // Written as a text: it is the code's number and not π.
      logitNorm: Number('3.1415'),
      weights: { forward: 1, reverse: 1, inherit: 1, shadowCe: 1 },
    },
  },
  poster: {
    source: 'figure (I): the head on the frozen teacher, a KD arrow from it, no CE arrow to the shadow',
    values: {
      site: 'teacher',
      inherit: 'kl',
      shadowCe: false,
      logitNorm: false,
      weights: { forward: 1, reverse: 1, inherit: 1, shadowCe: 0 },
    },
  },
  submission: {
    source: 'eq. 5: L_T′ = KL(h ← t) + λ KL(h ← s), L_S = CE + λ KL(s ← h), on the student’s backbone',
    values: {
      site: 'student',
      inherit: 'kl',
      shadowCe: false,
      logitNorm: false,
      weights: { forward: 1, reverse: 1, inherit: 1, shadowCe: 0 },
    },
  },
  deit: {
    source: 'supplement, section 1.3: the distillation token with the shadow head',
    values: {
      site: 'token',
      inherit: undefined,
      shadowCe: false,
      logitNorm: false,
      weights: { forward: 1, reverse: 1, inherit: 1, shadowCe: 0 },
    },
  },
};

for (const preset of shakeOptions.shape.preset.unwrap().options) {
  const { source, values } = SOURCES[preset];
  test(`preset ${preset} is its source's: ${source}`, (t) => {
    const settings = settle(shakeOptions.parse({ preset }), preset === 'deit');
    t.like(settings, { ...COMMON, ...values, preset });
  });
}
