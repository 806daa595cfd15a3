import { createRequire } from 'node:module';
import { type Backend, type BackendInfo, type BackendSettings, messageOf, refuseSettings } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from './errors.js';
import { installKernels } from './install/install-kernels.js';

const require = createRequire(import.meta.url);

/** What `@tensorflow/tfjs-backend-wasm` exports and this package reads. */
interface StockPackage {
  readonly version_wasm: string;
  getThreadsCount(): number;
}

async function start(): Promise<BackendInfo> {
  try {
    // A CommonJS package: requiring it shares the instance of `@tensorflow/tfjs-core` with `@tensorflow/tfjs`.
    const stock = require('@tensorflow/tfjs-backend-wasm') as StockPackage;
    installKernels();
    if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
      throw new Error('this processor offers WebAssembly no vector instructions');
    }
    if (!(await tf.setBackend('wasm'))) throw new Error('its initialisation failed');
    return {
      name: 'wasm',
      build: `tfjs-backend-wasm ${stock.version_wasm} simd`,
      threads: stock.getThreadsCount(),
      device: 'cpu',
      precision: 'float32',
    };
  } catch (error) {
    throw kdxError(
      'KDX_BACKEND_UNAVAILABLE',
      `The wasm back end could not be loaded (${messageOf(error)}); reinstall it with: npm i @kdx/backend-wasm`,
      { cause: error },
    );
  }
}

let starting: Promise<BackendInfo> | undefined;

/** Loads once for callers that ask at the same time: the engine lets only the last of two initialisations win. */
async function load(settings: Partial<BackendSettings> = {}): Promise<BackendInfo> {
  refuseSettings('wasm', settings);
  starting ??= start().finally(() => {
    starting = undefined;
  });
  return starting;
}

/**
 * The embedded default: TensorFlow.js on WebAssembly, single-threaded SIMD under Node, with the kernels that
 * training needs added or replaced. Needs no native library and works on every platform that Node runs on.
 */
export function wasmBackend(): Backend {
  return {
    name: 'wasm',
    speedRank: 10,
    probe: async () => {
      try {
        require.resolve('@tensorflow/tfjs-backend-wasm');
        return { available: true, reason: '' };
      } catch {
        return {
          available: false,
          reason: '@tensorflow/tfjs-backend-wasm is missing; reinstall with: npm i @kdx/backend-wasm',
        };
      }
    },
    load,
  };
}
