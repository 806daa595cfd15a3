import { constants } from 'node:os';
import { type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { type Libtorch, nameOf } from './libtorch.js';
import { BUILD_COMMAND } from './remedy.js';
import { runProgram } from './run-program.js';

/** Not global: Debian's libtorch brings OpenCV and GLib, which other addons, such as image codecs, have copies of their own of. */
export const LOAD_FLAGS = constants.dlopen.RTLD_NOW;

/** What a bridge says of itself once it is loaded. */
export interface Loaded {
  /** See {@link Bridge.builtWith}. */
  readonly builtWith: string;
  readonly cudaDevices: number;
}

const CHILD = `
const module = { exports: {} };
process.dlopen(module, process.argv[1], Number(process.argv[2]));
const bridge = module.exports;
if (!bridge.schema('aten::add', 'Tensor')) throw new Error('libtorch has registered no operators');
console.log('kdx ' + JSON.stringify({ builtWith: bridge.builtWith, cudaDevices: bridge.cudaDevices() }));`;

/** A cold start reads a gigabyte of CUDA libraries from the disk. */
const TIMEOUT_MS = 180_000;

/**
 * Loads a bridge in a process of its own, which may die of it.
 * @throws KdxError `KDX_TORCH_LOAD`
 */
export async function trialLoad(file: string, libtorch: Libtorch, env = process.env): Promise<Loaded> {
  const { NODE_OPTIONS: _, ...rest } = env;
  const { code, signal, stdout, stderr } = await runProgram(
    process.execPath,
    ['-e', CHILD, file, String(LOAD_FLAGS)],
    { env: rest, timeoutMs: TIMEOUT_MS },
  );
  const line = stdout.split('\n').findLast((text) => text.startsWith('kdx '));
  // Some versions of libtorch fail while they are unloaded, after all went well.
  if (line !== undefined) return JSON.parse(line.slice(4)) as Loaded;
  const error = /^(?:\w*Error): (.*)$/m.exec(stderr)?.[1];
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  throw await loadError(error ?? `a process that tried ${how}${last === '' ? '' : ` (${last})`}`, libtorch);
}

/** `KDX_TORCH_LOAD` for what the dynamic linker or libtorch said, with C++ names as they are written. */
export async function loadError(message: string, libtorch: Libtorch): Promise<KdxError> {
  const symbol = /undefined symbol: (\w+)|Symbol not found: _?(\w+)/.exec(message)?.slice(1).find(Boolean);
  const readable = symbol === undefined ? '' : await demangle(symbol);
  const text = symbol !== undefined && readable !== '' ? message.replace(symbol, readable) : message;
  return kdxError(
    'KDX_TORCH_LOAD',
    `The torch back end's bridge does not load with ${nameOf(libtorch)}: ${text}; rebuild it with: ${BUILD_COMMAND} --force, or choose another libtorch with KDX_LIBTORCH.`,
  );
}

/** The C++ name of a symbol; empty where `c++filt` is absent or does not know it. */
async function demangle(symbol: string): Promise<string> {
  const { code, stdout } = await runProgram('c++filt', [symbol], { timeoutMs: 10_000 });
  const name = stdout.trim();
  return code === 0 && name !== symbol ? name : '';
}
