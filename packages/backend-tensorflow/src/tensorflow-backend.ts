import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import { type Backend, type BackendInfo, messageOf, refuseSettings } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { type Candidate, findCandidates, REQUIRED_VERSION } from './candidate.js';
import { kdxError } from './errors.js';

const INSTALL =
  `npm i @tensorflow/tfjs-node-gpu@${REQUIRED_VERSION} (Linux with CUDA) or ` +
  `npm i @tensorflow/tfjs-node@${REQUIRED_VERSION}, under Node 20 or 22 and with its install script allowed`;

/** Why a package cannot be used, judged without loading it; null where nothing speaks against it. */
function obstacle({ name, version, hasNativeLibrary }: Candidate): string | null {
  if (version !== REQUIRED_VERSION) return `${name} is version ${version}, not ${REQUIRED_VERSION}`;
  if (!hasNativeLibrary) return `${name} lacks its native library, which its install script downloads`;
  // Its kernels call a function that Node 23 removed; the package would load and fail at the first of them.
  if (!('isNullOrUndefined' in util))
    return `${name} ${version} does not run on Node ${process.versions.node}`;
  return null;
}

/** What `tfjs-node` registers, as far as it tells where kernels run. */
interface NodeBackend {
  readonly isUsingGpuDevice?: boolean;
}

async function activate({ name, version, require }: Candidate): Promise<BackendInfo> {
  // It registers back end `tensorflow` with the engine, which is one for all copies of TensorFlow.js.
  require(name);
  if (!(await tf.setBackend('tensorflow')))
    throw new Error(`${name} registered no working back end 'tensorflow'`);
  const { isUsingGpuDevice } = tf.backend() as unknown as NodeBackend;
  return {
    name: 'tensorflow',
    build: `${name.replace('@tensorflow/', '')} ${version}`,
    threads: Number(process.env.TF_NUM_INTRAOP_THREADS ?? availableParallelism()),
    device: isUsingGpuDevice === true ? 'cuda:0' : 'cpu',
    precision: 'float32',
  };
}

/** {@link tensorflowBackend} that searches the directories it is given. */
export function tensorflowBackendFrom(directories: () => readonly string[]): Backend {
  const judge = () =>
    findCandidates(directories()).map((candidate) => ({ candidate, reason: obstacle(candidate) }));
  const explain = (reasons: readonly string[]): string =>
    `The tensorflow back end is not available: ${reasons.join('; ') || 'no package that brings it is installed'}; ` +
    `install it with: ${INSTALL}`;
  return {
    name: 'tensorflow',
    speedRank: 20,
    probe: async () => {
      const judged = judge();
      if (judged.some(({ reason }) => reason === null)) return { available: true, reason: '' };
      return { available: false, reason: explain(judged.map(({ reason }) => reason!)) };
    },
    load: async (settings = {}) => {
      // Which device it takes is TensorFlow's own choice.
      refuseSettings('tensorflow', settings);
      const reasons: string[] = [];
      let cause: unknown;
      for (const { candidate, reason } of judge()) {
        if (reason !== null) {
          reasons.push(reason);
          continue;
        }
        try {
          return await activate(candidate);
        } catch (error) {
          cause = error;
          reasons.push(`${candidate.name} could not be loaded (${messageOf(error)})`);
        }
      }
      throw kdxError('KDX_BACKEND_UNAVAILABLE', explain(reasons), { cause });
    },
  };
}

/**
 * Adapter for `@tensorflow/tfjs-node-gpu`, else `@tensorflow/tfjs-node`, which the user installs: looked for from
 * the current directory first, then from here. kdx never installs either.
 *
 * Untested with a real binary: its tests load stand-ins for the packages. Take nothing about it as tested until
 * `tfjs-node` itself was loaded through it.
 */
export function tensorflowBackend(): Backend {
  return tensorflowBackendFrom(() => [process.cwd(), fileURLToPath(new URL('.', import.meta.url))]);
}
