import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isKdxError } from '@kdx/tensor';
import {
  type BuildRecord,
  type BuiltBridge,
  choose,
  folderOf,
  keyOf,
  readBuilt,
  recordLoads,
  writeRecord,
} from './build-record.js';
import { compileFailure, folderFailure } from './compile-failure.js';
import { compileArguments, findCompiler, standardFor } from './compiler.js';
import { cacheFolder, type Host, thisHost } from './host.js';
import { type Libtorch, nameOf } from './libtorch.js';
import { hashSources, NATIVE_FOLDER, nodeApiHeaders } from './native-sources.js';
import { runProgram } from './run-program.js';
import { type Loaded, trialLoad } from './trial-load.js';

export interface BuildOptions {
  /** Takes what is being done, a line at a time. Default: nothing. */
  readonly log?: (line: string) => void;
  /** Builds anew even where a bridge that fits is there. Default: false. */
  readonly force?: boolean;
  /** Folder of `bridge.cc`. Default: this package's. */
  readonly sources?: string;
  readonly host?: Host;
}

/** A bridge that was built, or was there, and loads. */
export interface BuildOutcome extends BuiltBridge {
  /** False where a bridge that fits was there. */
  readonly compiled: boolean;
  readonly loaded: Loaded;
}

/**
 * Compiles the native bridge against a libtorch, loads it once in a process of its own and keeps it, with a record of
 * what it was built against, in the cache folder. From then on it is the one that {@link loadBridge} takes, for the
 * value that `KDX_LIBTORCH` has now. Where one that fits is there and loads, it is kept.
 *
 * Nobody sees a half-built bridge: files take their names when they are whole, and processes that build at the same
 * time each do their own work and agree on the result.
 *
 * @throws KdxError `KDX_TORCH_COMPILER` (none, or too old), `KDX_TORCH_BUILD` (it does not compile, the disk is full,
 *   the cache folder cannot be written), `KDX_TORCH_LOAD` (what was built does not load)
 */
export async function buildBridge(libtorch: Libtorch, options: BuildOptions = {}): Promise<BuildOutcome> {
  const { log = () => undefined, force = false, sources = NATIVE_FOLDER, host = thisHost() } = options;
  const key = keyOf(host, libtorch, hashSources(sources));
  const there = force ? null : readBuilt(host, key);
  try {
    const loaded = there === null ? null : await trialLoad(there.file, libtorch).catch(passOver(log));
    if (there !== null && loaded !== null) {
      await recordLoads(host, there);
      await choose(host, key);
      return { ...there, compiled: false, loaded };
    }
    return await compile(host, libtorch, sources, key, log);
  } catch (error) {
    throw isKdxError(error) ? error : folderFailure(cacheFolder(host), error);
  }
}

/** What is there and does not load, a damaged file perhaps, is built anew. */
const passOver =
  (log: (line: string) => void) =>
  (error: unknown): null => {
    if (!isKdxError(error)) throw error;
    log(`Building anew: ${error.message}`);
    return null;
  };

async function compile(
  host: Host,
  libtorch: Libtorch,
  sources: string,
  key: string,
  log: (line: string) => void,
): Promise<BuildOutcome> {
  const compiler = await findCompiler(host);
  const folder = folderOf(host, key);
  await mkdir(folder, { recursive: true });
  const workshop = await mkdtemp(join(folder, 'building-'));
  try {
    const standard = await standardFor(host, compiler, libtorch);
    const output = join(workshop, 'bridge.node');
    const args = compileArguments(host.platform, {
      libtorch,
      standard,
      sources,
      nodeApi: nodeApiHeaders(),
      output,
    });
    log(
      `Compiling against ${nameOf(libtorch)} with ${compiler.version}, C++${standard}; this takes up to a minute.`,
    );
    const [program, ...before] = compiler.command;
    const result = await runProgram(program, [...before, ...args], { env: { ...host.env, LC_ALL: 'C' } });
    const isThere = result.code === 0 && existsSync(output);
    if (!isThere) throw compileFailure(compiler, libtorch, standard, folder, result);
    log('Loading it in a process of its own.');
    const loaded = await trialLoad(output, libtorch);
    const { size } = await stat(output);
    const record: BuildRecord = {
      key,
      libtorch,
      sources: hashSources(sources),
      platform: host.platform,
      arch: host.arch,
      compiler: compiler.version,
      cxxStandard: standard,
      size,
    };
    const built: BuiltBridge = { file: join(folder, 'bridge.node'), record };
    await rename(output, built.file);
    await writeRecord(host, record);
    await recordLoads(host, built);
    await choose(host, key);
    return { ...built, compiled: true, loaded };
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}
