import { didYouMean, fullPrecision, isKdxError, KdxError, messageOf } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { normalizeImages } from '../batch/normalize-images.js';
import type { ComposedModule, Composition } from '../compose/composition.js';
import type { ParsedRef } from '../compose/refs.js';
import type { ModelOutput } from '../contracts/model.js';
import type { Clock } from '../contracts/schedule.js';
import type { RunRng } from '../contracts/slot.js';
import type { Ref, TermStep } from '../contracts/term.js';
import { kdxError } from '../errors.js';
import { forwardOf } from '../expected/model-output.js';
import { expectShape, scalar, tensor } from '../expected/shape.js';
import { inPlugin } from '../plugin-scope.js';
import type { StepPlan } from './step-plan.js';

/** What phase A prepared for phase B. */
export interface StepInputs {
  /** `[B, H, W, C]` in [0, 1]. */
  readonly images: tf.Tensor4D;
  /** `[B, K]`. */
  readonly targets: tf.Tensor2D;
  /** What frozen models gave, by name. */
  readonly frozen: ReadonlyMap<Ref, tf.Tensor>;
  readonly plan: StepPlan;
  readonly clock: Clock;
  /** Number of the micro-batch within the step; keys drop path and dropout. */
  readonly micro: number;
}

export interface StepLoss {
  /** Σ balance · weight · term. */
  readonly total: tf.Scalar;
  /** The terms of the plan, unweighted, in its order. */
  readonly parts: readonly tf.Scalar[];
}

/** Phase B up to the loss: student and helper modules forward, once each, then the terms. Runs on the tape. */
export function studentLoss(composition: Composition, inputs: StepInputs, rng: RunRng): StepLoss {
  const { student, modules, hooks } = composition;
  const { plan, clock, micro } = inputs;
  const keyed = (...purpose: (string | number)[]) => rng(...purpose, clock.epoch, clock.stepInEpoch, micro);

  const reads = plan.reads.get('student');
  const output: ModelOutput | undefined =
    reads &&
    forwardOf(student, normalizeImages(inputs.images, student.spec), {
      training: true,
      taps: [...reads.taps],
      logits: reads.logits,
      rng: (purpose) => keyed('student', purpose),
    });

  const moduleOutputs = new Map<string, tf.Tensor>();
  const runModule = (id: string): tf.Tensor => {
    const known = moduleOutputs.get(id);
    if (known) return known;
    const module = modules.get(id) as ComposedModule;
    const fed = [...module.inputs].map(([ref, parsed]) => resolve(ref, parsed));
    const result = named(module.plugin, `Module ${id}`, () =>
      module.forward(fed, { training: true, rng: (purpose) => keyed('module', id, purpose) }),
    );
    const [count] = inputs.images.shape;
    const size = [count, ...module.outputShape];
    const expected = `a tensor [${size}], as its first forward gave for a batch`;
    expectShape(tensor(size, expected), result, `Module ${id}`, 'KDX_MODULE_OUTPUT');
    moduleOutputs.set(id, result);
    return result;
  };

  const read = new Map<Ref, tf.Tensor>();
  const resolve = (ref: Ref, parsed: ParsedRef): tf.Tensor => {
    const known = read.get(ref) ?? fullPrecision(given(ref, parsed));
    read.set(ref, known);
    return known;
  };

  const given = (ref: Ref, parsed: ParsedRef): tf.Tensor => {
    if (parsed.kind === 'targets') return inputs.targets;
    if (parsed.kind === 'images') return inputs.images;
    if (parsed.kind === 'module') return runModule(parsed.module);
    if (parsed.model !== 'student') return inputs.frozen.get(ref) as tf.Tensor;
    // Asked for one by one: a forward that ended at its last tap refuses to give logits.
    const found = output as ModelOutput;
    if (parsed.kind === 'logits') return found.logits;
    return parsed.kind === 'head' ? found.heads[parsed.head] : found.taps[parsed.path];
  };

  const stepFor = (id: string, declared: ReadonlyMap<Ref, ParsedRef>): TermStep => ({
    clock,
    rng: (purpose) => keyed('term', id, purpose),
    read: <T extends tf.Tensor>(ref: Ref): T => {
      const parsed = declared.get(ref);
      if (!parsed) {
        throw kdxError(
          'KDX_READ_UNDECLARED',
          `${id} reads "${ref}" without declaring it; add it to the reads of the term (${[...declared.keys()].join(', ')}).${didYouMean(ref, declared.keys())}`,
        );
      }
      return resolve(ref, parsed) as T;
    },
  });

  let total: tf.Scalar | undefined;
  const parts = plan.terms.map(({ term, weight }) => {
    const what = `Term ${term.id}`;
    const value = named(term.plugin, what, () => term.compute(stepFor(term.id, term.reads)));
    expectShape(scalar, value, what, 'KDX_TERM_SHAPE');
    const weighted = tf.mul<tf.Scalar>(value, weight);
    total = total ? tf.add<tf.Scalar>(total, weighted) : weighted;
    return value;
  });
  if (!total) {
    throw kdxError(
      'KDX_NO_LOSS',
      `No loss term is active in epoch ${clock.epoch}; add a plugin that brings one.`,
    );
  }
  let changed = total;
  hooks.sync(
    'loss',
    (run, plugin) => run(changed, stepFor(`hook loss of ${plugin}`, new Map())),
    (result, plugin) => {
      expectShape(scalar, result, `Hook "loss" of plugin "${plugin}"`, 'KDX_HOOK_RESULT');
      changed = result;
    },
  );
  return { total: changed, parts };
}

/** Runs code of a plugin and names it in whatever it throws. */
function named<T>(plugin: string, what: string, run: () => T): T {
  try {
    return inPlugin(plugin, run);
  } catch (cause) {
    if (isKdxError(cause) && cause.message.includes(plugin)) throw cause;
    const code = isKdxError(cause) ? cause.code : 'KDX_TERM_FAILED';
    throw new KdxError(code, `${what} failed: ${messageOf(cause)}`, { cause });
  }
}
