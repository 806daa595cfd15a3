import { didYouMean, fullPrecision, isKdxError, KdxError, messageOf } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { normalizeImages } from '../batch/normalize-images.js';
import type { ComposedModule, ComposedTerm, Composition } from '../compose/composition.js';
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
  /** `[B, ...targetShape]` of the task. */
  readonly targets: tf.Tensor;
  /** Outputs of frozen models, by name. */
  readonly frozen: ReadonlyMap<Ref, tf.Tensor>;
  readonly plan: StepPlan;
  readonly clock: Clock;
  /** Number of the micro-batch within the step; keys drop path and dropout. */
  readonly micro: number;
}

/**
 * What the terms of one step read. The student is run once when it is made; a helper module when it is first read; each read is one
 * tensor for all terms. Lives on the tape of the step.
 */
export class StepReads {
  readonly #output: ModelOutput | undefined;
  readonly #modules = new Map<string, tf.Tensor>();
  readonly #read = new Map<Ref, tf.Tensor>();

  constructor(
    private readonly composition: Pick<Composition, 'student' | 'modules'>,
    private readonly inputs: StepInputs,
    private readonly rng: RunRng,
  ) {
    this.#output = this.#studentForward();
  }

  /** The value of a term, unweighted, `[]`. @throws KdxError `KDX_TERM_FAILED`, `KDX_TERM_SHAPE`, `KDX_READ_UNDECLARED` */
  term({ id, plugin, reads, compute }: ComposedTerm): tf.Scalar {
    const what = `Term ${id}`;
    const value = named(plugin, what, () => compute(this.stepFor(id, reads)));
    expectShape(scalar, value, what, 'KDX_TERM_SHAPE');
    return value;
  }

  /** What code of a plugin gets of a step: its reads, random streams of its own, the clock. */
  stepFor(id: string, declared: ReadonlyMap<Ref, ParsedRef>): TermStep {
    return {
      clock: this.inputs.clock,
      rng: (purpose) => this.#keyed('term', id, purpose),
      read: <T extends tf.Tensor>(ref: Ref): T => {
        const parsed = declared.get(ref);
        if (!parsed) {
          throw kdxError(
            'KDX_READ_UNDECLARED',
            `${id} reads "${ref}" without declaring it; add it to the reads of the term (${[...declared.keys()].join(', ')}).${didYouMean(ref, declared.keys())}`,
          );
        }
        return this.#resolve(ref, parsed) as T;
      },
    };
  }

  /** Logits `[B, K]`, heads and taps, as far as the plan reads them; undefined when it reads none. */
  #studentForward(): ModelOutput | undefined {
    const { images, plan } = this.inputs;
    const { student } = this.composition;
    const reads = plan.reads.get('student');
    if (!reads) return undefined;
    return forwardOf(student, normalizeImages(images, student.spec), {
      training: true,
      taps: [...reads.taps],
      logits: reads.logits,
      rng: (purpose) => this.#keyed('student', purpose),
    });
  }

  /** `[B, …outputShape]` */
  #moduleForward(id: string): tf.Tensor {
    const known = this.#modules.get(id);
    if (known) return known;
    const module = this.composition.modules.get(id) as ComposedModule;
    const fed = [...module.inputs].map(([ref, parsed]) => this.#resolve(ref, parsed));
    const result = named(module.plugin, `Module ${id}`, () =>
      module.forward(fed, { training: true, rng: (purpose) => this.#keyed('module', id, purpose) }),
    );
    const [count] = this.inputs.images.shape;
    const size = [count, ...module.outputShape];
    const expected = `a tensor [${size}], as its first forward gave for a batch`;
    expectShape(tensor(size, expected), result, `Module ${id}`, 'KDX_MODULE_OUTPUT');
    this.#modules.set(id, result);
    return result;
  }

  #resolve(ref: Ref, parsed: ParsedRef): tf.Tensor {
    const known = this.#read.get(ref) ?? fullPrecision(this.#given(ref, parsed));
    this.#read.set(ref, known);
    return known;
  }

  #given(ref: Ref, parsed: ParsedRef): tf.Tensor {
    if (parsed.kind === 'targets') return this.inputs.targets;
    if (parsed.kind === 'images') return this.inputs.images;
    if (parsed.kind === 'module') return this.#moduleForward(parsed.module);
    if (parsed.model !== 'student') return this.inputs.frozen.get(ref) as tf.Tensor;
    // Each is asked for separately: a forward that ended at its last tap refuses to give logits.
    const found = this.#output as ModelOutput;
    if (parsed.kind === 'logits') return found.logits;
    return parsed.kind === 'head' ? found.heads[parsed.head] : found.taps[parsed.path];
  }

  /** Random streams of this micro-batch. */
  #keyed(...purpose: (string | number)[]) {
    const { clock, micro } = this.inputs;
    return this.rng(...purpose, clock.epoch, clock.stepInEpoch, micro);
  }
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
