import * as tf from '@tensorflow/tfjs';

/** What the engine's custom-gradient entry takes; TensorFlow.js 4.22.0 marks it private in its types. */
export interface CustomGradient<O extends tf.Tensor | tf.Tensor[]> {
  readonly inputs: tf.NamedTensorMap;
  readonly forwardFunc: (backend: unknown, save: (tensors: tf.Tensor[]) => void) => O;
  readonly backwardsFunc: (dy: O, saved: tf.Tensor[]) => Record<string, () => tf.Tensor>;
}

interface Engine {
  readonly state: { readonly gradientDepth: number; readonly kernelDepth: number };
  runKernelFunc<O extends tf.Tensor | tf.Tensor[]>(invocation: CustomGradient<O>): O;
}

const engine = (): Engine => tf.engine() as unknown as Engine;

/** The one place that knows how TensorFlow.js records gradients. */
export const tape = {
  /** Whether ops are being recorded right now: inside a gradient, outside an op's own forward. */
  isOn(): boolean {
    const { gradientDepth, kernelDepth } = engine().state;
    return gradientDepth > 0 && kernelDepth === 0;
  },

  /** Whether a gradient of a gradient is being recorded, so that backward functions must be differentiable too. */
  isNested(): boolean {
    return tape.isOn() && engine().state.gradientDepth > 1;
  },

  /** Runs an op with its own gradient, unlike `tf.customGrad` with one closure per input. */
  run<O extends tf.Tensor | tf.Tensor[]>(invocation: CustomGradient<O>): O {
    return engine().runKernelFunc(invocation);
  },

  /**
   * Runs `compute` so that nothing of it is recorded: no gradient passes, and nothing is kept alive for one. What it
   * returns must be new; what it makes besides is freed.
   */
  off<O extends tf.Tensor | tf.Tensor[]>(compute: () => O): O {
    // An op without inputs is connected to nothing, so no gradient can ask for its backward.
    return engine().runKernelFunc<O>({ inputs: {}, forwardFunc: compute, backwardsFunc: () => ({}) });
  },
};
