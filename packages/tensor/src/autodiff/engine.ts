import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';

/** Gradients of a node's inputs by name, each computed when it is called. */
export type LazyGradients = Readonly<Record<string, () => tf.Tensor>>;

/** What an op is given to differentiate it: the outputs' gradients (one alone, several as an array), what it saved, its attributes. */
export type GradientFunction = (
  dy: tf.Tensor | tf.Tensor[],
  saved: tf.Tensor[],
  attributes: tf.NamedAttrMap,
) => LazyGradients;

/** One recorded op, as TensorFlow.js's own backward pass wants it. */
export interface TapeNode {
  readonly id: number;
  /** The kernel; for an op with a gradient of its own, the name of the scope it ran in. */
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  readonly saved: readonly tf.Tensor[];
  /** Gets null for an output that no gradient reached. Absent where an op cannot be differentiated. */
  readonly gradient?: (dys: readonly (tf.Tensor | null)[]) => LazyGradients;
}

type AddTapeNode = (
  kernelName: string,
  inputs: Readonly<Record<string, tf.Tensor | null | undefined>>,
  outputs: tf.Tensor[],
  gradient: GradientFunction | null | undefined,
  saved: tf.Tensor[],
  attributes: tf.NamedAttrMap,
) => void;

/** What kdx relies on inside TensorFlow.js's engine, which its types hide. */
export interface RecordingEngine {
  readonly state: {
    /** Gradients being recorded, one in the other. */
    readonly gradientDepth: number;
    /** Kernels running, one in the other; inside a kernel nothing is recorded. */
    kernelDepth: number;
    nextTapeNodeId: number;
    activeTape: TapeNode[] | null;
    readonly activeScope: { readonly id: number } | null;
  };
  startTape(): void;
  endTape(): void;
  /** Called once per op while recording. */
  addTapeNode: AddTapeNode;
}

/** The version whose internals {@link RecordingEngine} describes. */
export const TFJS_VERSION = '4.22.0';

let checked: RecordingEngine | undefined;

/**
 * TensorFlow.js's engine as kdx records and walks its tape.
 * @throws KdxError `KDX_TFJS_INTERNALS` when the engine of another version is in use and looks different inside.
 */
export function recordingEngine(): RecordingEngine {
  const engine = tf.engine() as unknown as RecordingEngine;
  if (engine === checked) return engine;
  const misfit = misfitOf(engine);
  if (misfit) {
    throw kdxError(
      'KDX_TFJS_INTERNALS',
      `TensorFlow.js ${tf.version['tfjs-core']} has ${misfit}, which kdx needs to walk gradients; install @tensorflow/tfjs ${TFJS_VERSION}, once.`,
    );
  }
  checked = engine;
  return engine;
}

function misfitOf(engine: RecordingEngine): string | undefined {
  const { state } = engine;
  const numbers = ['gradientDepth', 'kernelDepth', 'nextTapeNodeId'] as const;
  const noNumber = numbers.find((name) => typeof state?.[name] !== 'number');
  if (noNumber) return `no number engine.state.${noNumber}`;
  if (typeof engine.startTape !== 'function' || typeof engine.endTape !== 'function')
    return 'no engine.startTape and endTape';
  if (engine.addTapeNode?.length !== 6) return 'no engine.addTapeNode of 6 parameters';
  return undefined;
}

/** Whether ops are being recorded right now: inside a gradient, outside a kernel. */
export function isRecording(): boolean {
  const { gradientDepth, kernelDepth } = recordingEngine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

/** Runs `compute` without recording it, as if inside a kernel. */
export function unrecorded<T>(compute: () => T): T {
  const { state } = recordingEngine();
  state.kernelDepth += 1;
  try {
    return compute();
  } finally {
    state.kernelDepth -= 1;
  }
}
