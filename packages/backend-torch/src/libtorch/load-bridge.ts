import { type KdxError, messageOf } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import type { Bridge } from './bridge.js';
import {
  type BuiltBridge,
  choose,
  chosen,
  isKnownToLoad,
  keyOf,
  readBuilt,
  recordLoads,
  staleness,
} from './build-record.js';
import { findLibtorch } from './find-libtorch.js';
import { type Host, thisHost } from './host.js';
import { type Libtorch, nameOf } from './libtorch.js';
import { missingLibtorch } from './missing-libtorch.js';
import { hashSources, NATIVE_FOLDER } from './native-sources.js';
import { BUILD_COMMAND } from './remedy.js';
import { LOAD_FLAGS, loadError, trialLoad } from './trial-load.js';

/** Where the bridge's sources and the machine are others than usual: for tests. */
export interface LoadOptions {
  readonly host?: Host;
  readonly sources?: string;
}

/**
 * The bridge that fits this machine, with the guarantee that this Node has loaded it before, in a process of its own.
 * While the bridge that was last chosen is valid, this only looks at a few files; otherwise it searches.
 *
 * @throws KdxError `KDX_TORCH_MISSING` (no libtorch), `KDX_TORCH_NOT_BUILT`, `KDX_TORCH_MISMATCH` (built against another
 *   libtorch than is here, or from other sources), `KDX_TORCH_LOAD` (it does not load)
 */
export async function builtBridge({
  host = thisHost(),
  sources = NATIVE_FOLDER,
}: LoadOptions = {}): Promise<BuiltBridge> {
  const built = await fittingBridge(host, hashSources(sources));
  if (!isKnownToLoad(host, built)) {
    await trialLoad(built.file, built.record.libtorch);
    await recordLoads(host, built);
  }
  return built;
}

async function fittingBridge(host: Host, sources: string): Promise<BuiltBridge> {
  const last = host.platform === 'win32' ? null : chosen(host);
  const stale = last === null ? null : staleness(host, last.record, sources);
  if (last !== null && stale === null) return last;
  const { libtorch, obstacles } = await findLibtorch(host);
  if (libtorch === null) {
    const gone =
      last === null ? [] : [`${nameOf(last.record.libtorch)}, which it was built against, is gone`];
    throw missingLibtorch(host, [...gone, ...obstacles]);
  }
  const other = readBuilt(host, keyOf(host, libtorch, sources));
  if (other !== null) {
    // Without the note the next start would search again, and find the same.
    await choose(host, other.record.key).catch(() => undefined);
    return other;
  }
  if (last !== null && stale !== null) throw mismatch(last, stale, libtorch);
  throw kdxError(
    'KDX_TORCH_NOT_BUILT',
    `The torch back end is not built yet; ${nameOf(libtorch)} was found: build it with: ${BUILD_COMMAND}`,
  );
}

function mismatch({ record }: BuiltBridge, stale: string, found: Libtorch): KdxError {
  const isAnother = nameOf(record.libtorch) !== nameOf(found);
  const what = isAnother
    ? `was built against ${nameOf(record.libtorch)}, and ${nameOf(found)} is found now`
    : `${stale} (${nameOf(found)})`;
  return kdxError(
    'KDX_TORCH_MISMATCH',
    `The torch back end's bridge ${what}; rebuild it with: ${BUILD_COMMAND}`,
  );
}

/** A bridge that is loaded into this process, and what it was built against. */
export interface LoadedBridge extends BuiltBridge {
  readonly bridge: Bridge;
}

let loaded: LoadedBridge | null = null;

/**
 * Loads the bridge into this process. A second call gives the same one, whatever was built or set in between: two
 * libtorchs in one process are a crash, and all runs of a process share the bridge's handles.
 * @throws KdxError as {@link builtBridge}
 */
export async function loadBridge(options: LoadOptions = {}): Promise<LoadedBridge> {
  if (loaded !== null) return loaded;
  const built = await builtBridge(options);
  // A call that began at the same time may have come first.
  if (loaded !== null) return loaded;
  const module = { exports: {} };
  try {
    process.dlopen(module, built.file, LOAD_FLAGS);
  } catch (error) {
    throw await loadError(messageOf(error), built.record.libtorch);
  }
  loaded = { ...built, bridge: module.exports as Bridge };
  return loaded;
}
