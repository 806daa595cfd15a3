import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isUnchanged, jsonOf, keep, textOf, writeWhole } from './files.js';
import { cacheFolder, type Host } from './host.js';
import type { Libtorch } from './libtorch.js';

/** `build.json`: what a bridge was built from and against. It has no date: the same build gives the same record. */
export interface BuildRecord {
  readonly key: string;
  readonly libtorch: Libtorch;
  /** Hash of the bridge's C++ sources. */
  readonly sources: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** First line that the compiler says of itself. */
  readonly compiler: string;
  /** C++ standard of the build. */
  readonly cxxStandard: number;
  /** Bytes of `bridge.node`. */
  readonly size: number;
}

/** A bridge that was built. */
export interface BuiltBridge {
  /** Path of the `.node` file. */
  readonly file: string;
  readonly record: BuildRecord;
}

/** What decides which bridge fits: this libtorch's file, its ABI, our sources, the processor. */
export function keyOf({ platform, arch }: Host, libtorch: Libtorch, sources: string): string {
  const { version, cxx11Abi, cpuLibrary, cuda } = libtorch;
  const parts = [cpuLibrary, version, cxx11Abi, cuda, libtorch.includeDirs, sources, platform, arch];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

export const folderOf = (host: Host, key: string): string => join(cacheFolder(host), key);

/** The bridge that was built under a key; null where there is none or its file is not the one recorded. */
export function readBuilt(host: Host, key: string): BuiltBridge | null {
  const folder = folderOf(host, key);
  const record = jsonOf(join(folder, 'build.json')) as Partial<BuildRecord> | null;
  const file = join(folder, 'bridge.node');
  try {
    const isWhole = record?.libtorch !== undefined && statSync(file).size === record.size;
    return isWhole ? { file, record: record as BuildRecord } : null;
  } catch {
    return null;
  }
}

/** @throws Error where the folder takes no file */
export const writeRecord = (host: Host, record: BuildRecord): Promise<void> =>
  writeWhole(join(folderOf(host, record.key), 'build.json'), `${JSON.stringify(record, null, 2)}\n`);

/** Why a record no longer fits this machine; null where it does. */
export function staleness({ platform, arch }: Host, record: BuildRecord, sources: string): string | null {
  if (record.platform !== platform || record.arch !== arch)
    return `was built for ${record.platform} ${record.arch}`;
  if (record.sources !== sources) return 'was built from the sources of another version of kdx';
  if (!isUnchanged(record.libtorch.cpuLibrary)) return 'was built against a libtorch that was replaced since';
  return null;
}

/** A file per value of `KDX_LIBTORCH` names the bridge that was last built or found for it. */
const choiceFile = (host: Host, request: string): string =>
  join(cacheFolder(host), 'chosen', createHash('sha256').update(request).digest('hex').slice(0, 16));

/** The bridge to use without a search; null where none was chosen. */
export function chosen(host: Host): BuiltBridge | null {
  const key = textOf(choiceFile(host, host.env.KDX_LIBTORCH ?? '')).trim();
  return /^[0-9a-f]{16}$/.test(key) ? readBuilt(host, key) : null;
}

/** Makes a bridge the one to use for this value of `KDX_LIBTORCH`. */
export const choose = (host: Host, key: string): Promise<void> =>
  writeWhole(choiceFile(host, host.env.KDX_LIBTORCH ?? ''), `${key}\n`);

/**
 * Which Nodes have loaded a bridge in a process of their own: one that aborts while its libraries start, as a wrong
 * mixture does, must not take a user's process with it. Each Node counts by itself, since it brings libraries too.
 */
export const loadsFile = (host: Host, { record }: BuiltBridge): string => {
  const node = createHash('sha256').update(`${process.version}\n${process.execPath}`).digest('hex');
  return join(folderOf(host, record.key), `loads-${node.slice(0, 12)}.json`);
};

/** Whether this Node has loaded exactly this file before. */
export function isKnownToLoad(host: Host, built: BuiltBridge): boolean {
  const known = jsonOf(loadsFile(host, built)) as { readonly sha256?: string } | null;
  return known !== null && known.sha256 === hashOf(built.file);
}

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

export const recordLoads = (host: Host, built: BuiltBridge): Promise<void> =>
  keep(loadsFile(host, built), { node: process.version, sha256: hashOf(built.file) });
