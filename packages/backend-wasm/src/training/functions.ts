import type { WasmRuntime } from '../runtime/wasm-runtime.js';
import { encodeModule } from '../simd/module-encoder.js';
import { CHANNELS } from './code/channel-code.js';
import { COPY_RUNS } from './code/copy-runs-code.js';
import { DROPOUT_MASK } from './code/dropout-code.js';
import { GELUS } from './code/gelu-code.js';
import { LAYER_NORMS } from './code/layer-norm-code.js';
import { OPTIMIZERS } from './code/optimizer-code.js';
import { SOFTMAXES } from './code/softmax-code.js';

type Arguments = readonly number[];

/** The compiled functions of this directory by name; the code that generates each says what it takes. */
export type TrainingFunctions = Readonly<Record<FunctionName, (...args: Arguments) => void>>;

const FUNCTIONS = [
  COPY_RUNS,
  DROPOUT_MASK,
  ...CHANNELS,
  ...GELUS,
  ...LAYER_NORMS,
  ...OPTIMIZERS,
  ...SOFTMAXES,
];

type FunctionName =
  | 'adam'
  | 'channelProducts'
  | 'channelSquares'
  | 'channelSum'
  | 'copyRuns'
  | 'dropoutMask'
  | 'gelu'
  | 'geluGrad'
  | 'layerNorm'
  | 'layerNormGrad'
  | 'normalizeChannels'
  | 'normalizeChannelsGrad'
  | 'sgd'
  | 'sgdMomentum'
  | 'sgdNesterov'
  | 'softmaxGradRows'
  | 'softmaxRows';

const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  };
};

let compiled: object | undefined;
const instances = new WeakMap<object, TrainingFunctions>();

/** The functions working on a back end's memory; instantiated once for each instance of that back end. */
export function trainingFunctions({ wasm }: WasmRuntime): TrainingFunctions {
  let functions = instances.get(wasm);
  if (functions === undefined) {
    compiled ??= new WebAssembly.Module(encodeModule(FUNCTIONS));
    const instance = new WebAssembly.Instance(compiled, { env: { memory: wasm.asm.memory } });
    functions = instance.exports as TrainingFunctions;
    instances.set(wasm, functions);
  }
  return functions;
}

const MOST_CONSTANTS = 16;
const blocks = new WeakMap<object, number>();

/** Writes numbers, rounded to float32, where a compiled function can read them; valid until the next call. */
export function constantsAt({ wasm }: WasmRuntime, ...values: number[]): number {
  let address = blocks.get(wasm);
  if (address === undefined) {
    address = wasm._malloc(MOST_CONSTANTS * Float32Array.BYTES_PER_ELEMENT) >>> 0;
    blocks.set(wasm, address);
  }
  wasm.HEAPF32.set(values, address / Float32Array.BYTES_PER_ELEMENT);
  return address;
}
