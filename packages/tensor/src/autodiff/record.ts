import * as tf from '@tensorflow/tfjs';
import { type GradientFunction, recordingEngine, type TapeNode, unrecorded } from './engine.js';
import { leanGradient } from './lean-gradients.js';
import { isRead } from './saved-reads.js';

/** A node with what kdx's own backward pass needs besides. */
export interface RecordedNode extends TapeNode {
  /** The inputs that depend on a variable, by name. */
  readonly learning: readonly string[];
  /** For a slice: where it begins in its input. */
  readonly begin?: readonly number[];
}

/**
 * Runs `forward` and records what depends on `variables`: of the rest no value is kept for a gradient. Of what an op
 * saved, only what its gradients will read outlives the call.
 *
 * A gradient taken inside `forward` works as ever; its variables are whatever it names, and what they reach is recorded
 * like the rest.
 * @returns the nodes in the order they ran; the caller disposes what each saved
 */
export function recordTape<T extends tf.TensorContainer>(
  variables: readonly tf.Tensor[],
  forward: () => T,
): { value: T; tape: RecordedNode[] } {
  const engine = recordingEngine();
  const { state } = engine;
  engine.startTape();
  const tape = state.activeTape as RecordedNode[];
  const reached = new Set(variables.map(({ id }) => id));
  // An own property hides the method of the class for as long as it stands.
  engine.addTapeNode = (kernelName, inputs, outputs, gradient, saved, attributes) => {
    const names = Object.keys(inputs).filter((name) => inputs[name]);
    const learning = names.filter((name) => reached.has((inputs[name] as tf.Tensor).id));
    if (learning.length > 0) for (const { id } of outputs) reached.add(id);
    // In a gradient inside the gradient anything may be a variable.
    const wanted = state.gradientDepth > 1 ? names : learning;
    if (wanted.length === 0) {
      dispose(saved);
      return;
    }
    const present = Object.fromEntries(wanted.map((name) => [name, inputs[name] as tf.Tensor]));
    const all = inputs as Readonly<Record<string, tf.Tensor>>;
    const lean = leanGradient(kernelName, { inputs: all, outputs, attributes });
    const kept = lean ? replaceSaved(saved, lean.save) : saved;
    if (!lean) dispose(saved.filter((_, position) => !isRead(kernelName, gradient, position, wanted)));
    const registered = tf.getGradient(kernelName)?.gradFunc as GradientFunction | undefined;
    const compute = lean?.gradient ?? registered ?? gradient;
    tape.push({
      id: state.nextTapeNodeId++,
      kernelName,
      inputs: present,
      outputs,
      saved: kept,
      learning,
      begin: lean?.begin,
      ...(compute && { gradient: onOutputs(compute, outputs, kept, attributes) }),
    });
  };
  try {
    return { value: tf.tidy(forward), tape };
  } catch (error) {
    freeTape(tape);
    throw error;
  } finally {
    delete (engine as Partial<typeof engine>).addTapeNode;
    engine.endTape();
    state.activeTape = null;
  }
}

/** Frees what the nodes saved. */
export function freeTape(tape: readonly TapeNode[]): void {
  for (const { saved } of tape) dispose(saved);
}

function dispose(tensors: readonly tf.Tensor[]): void {
  for (const tensor of tensors) tensor.dispose();
}

function replaceSaved(saved: readonly tf.Tensor[], keep: readonly tf.Tensor[]): tf.Tensor[] {
  const own = keep.map((tensor) => unrecorded(() => tf.keep(tf.clone(tensor))));
  dispose(saved);
  return own;
}

function onOutputs(
  gradient: GradientFunction,
  outputs: readonly tf.Tensor[],
  saved: tf.Tensor[],
  attributes: tf.NamedAttrMap,
): TapeNode['gradient'] {
  return (dys) => {
    const all = dys.map((dy, i) => dy ?? outputs[i]);
    dys.forEach((dy, i) => {
      if (!dy) zerosOnRead(all, i, outputs[i].shape);
    });
    return gradient(all.length > 1 ? all : all[0], saved, attributes);
  };
}

/** Many gradients never look at some outputs' share; zeros for them are made only when one does. */
function zerosOnRead(dys: tf.Tensor[], position: number, shape: number[]): void {
  let zeros: tf.Tensor | undefined;
  Object.defineProperty(dys, position, {
    enumerable: true,
    get: () => {
      zeros ??= tf.fill(shape, 0);
      return zeros;
    },
  });
}
