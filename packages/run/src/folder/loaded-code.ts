import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolve as resolveImport } from 'import-meta-resolve';

/** What a program is made of: sha256 of each file, by its path from the entry's folder; version of each package of others. */
export type LoadedCode = Readonly<Record<string, string>>;

// Read from the text and not recorded while modules load: a recorder needs a loader hook of the whole process, which a
// library must not install and Node 20 runs in a thread of its own. A lexer of imports knows neither TypeScript nor require().
// So every text in quotes that names a file beside counts as an import. One too many costs nothing but its hash.

/** A text in quotes that is a path. */
const PATH = /(['"`])((?:\.{1,2}\/|file:|\/|[A-Za-z]:[\\/])[^'"`\n]*)\1/g;
/** What is imported or required, by whatever name. */
const IMPORT = /\b(?:from|import|require)\b\s*\(?\s*(['"`])([^'"`\n]+)\1/g;
/** Files beside a module that it may read as data. */
const BESIDE = /\bnew\s+URL\s*\(\s*(['"`])([^'"`\n]+)\1/g;
/** Texts in quotes with commas between them, as `join()` and `resolve()` take them. */
const PARTS = /(['"`])[\w@./-]+\1(?:\s*,\s*(['"`])[\w@./-]+\2)*/g;

/** What follows the name of a folder, in a template or behind a plus. */
const UNDER = /(?:\}|\+\s*['"`])(\/[\w@./-]+)['"`]/g;

const PROGRAM = /\.[cm]?[jt]s$/;
const MODULE = /\.([cm]?[jt]s|json|node|wasm)$/;
/**
 * All code that can be reached from a file by imports, static or dynamic, `require`, `new URL(…, import.meta.url)` and paths that
 * are joined from texts: the files of its own package, files that are named by a relative path, packages that are linked rather
 * than installed, and installed packages that stand on kdx, such as a plugin that this one brings. Of any other installed
 * package, and of kdx itself, the version stands for its files.
 */
export function loadedCode(entry: string): LoadedCode {
  const start = realpathSync(entry);
  const home = packageOf(start)?.folder;
  const found = new Map<string, string>();
  const seen = new Set([start]);
  const queue = [start];
  // Where an installed package lies differs between machines.
  const keyOf = (file: string): string => {
    const of = isInstalled(file) ? packageOf(file) : undefined;
    return of === undefined || of.folder === home
      ? slashed(relative(dirname(start), file))
      : `${of.name}/${slashed(relative(of.folder, file))}`;
  };
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const bytes = readFileSync(file);
    found.set(keyOf(file), sha256(bytes));
    if (!PROGRAM.test(file)) continue;
    for (const target of namedIn(bytes.toString('utf8'), file)) {
      if (seen.has(target)) continue;
      seen.add(target);
      const of = packageOf(target);
      if (of === undefined || of.folder === home) {
        if (of !== undefined || !isInstalled(target)) queue.push(target);
        continue;
      }
      const ours = of.name.startsWith('@kdx/');
      const installed = isInstalled(target);
      if (ours || installed) found.set(of.name, of.version);
      if (!ours && (!installed || of.standsOnKdx)) queue.push(target);
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const isInstalled = (file: string): boolean => file.split(sep).includes('node_modules');

const slashed = (path: string): string => path.split(sep).join('/');

/** Files that exist and are named in a program. */
function namedIn(text: string, file: string): string[] {
  const paths = [...text.matchAll(PATH)].flatMap(({ 0: quoted, 2: path, index }) =>
    filesAt(path, file, /^\s*\+/.test(text.slice(index + quoted.length, index + quoted.length + 20))),
  );
  const joined = [...text.matchAll(PARTS)].flatMap(([parts]) => joinedIn(parts, file));
  const under = [...text.matchAll(UNDER)].flatMap(([, path]) => filesAt(`.${path}`, file));
  const data = [...text.matchAll(BESIDE)].flatMap(([, , path]) => filesAt(path, file));
  const packages = [...text.matchAll(IMPORT)].flatMap(([, , specifier]) =>
    /^(\.|\/|file:|node:)/.test(specifier) ? [] : (imported(specifier, file) ?? []),
  );
  return [...[...paths, ...joined, ...under].filter((path) => MODULE.test(path)), ...data, ...packages];
}

/** The files that texts name together, such as `'data', 'weights.json'`; the first may be a part of something else. */
function joinedIn(texts: string, file: string): string[] {
  const parts = texts.split(',').map((part) => part.trim().slice(1, -1));
  if (!MODULE.test(parts.at(-1) as string)) return [];
  return parts.flatMap((_, from) => realFile(join(dirname(file), ...parts.slice(from))) ?? []);
}

/**
 * The files that a path may mean; of one that is put together, every module that it may become the name of.
 * @param continues whether something is added to it
 */
function filesAt(path: string, file: string, continues = false): string[] {
  const hole = path.indexOf('${');
  if (hole >= 0 || continues) return modulesThatBegin(hole >= 0 ? path.slice(0, hole) : path, file);
  const target = absolute(path.replace(/[?#].*$/, ''), file);
  if (target === undefined) return [];
  try {
    // Knows what require() tries behind a path, and the main file of a folder.
    return [realFile(createRequire(file).resolve(target)) ?? []].flat();
  } catch {
    // A folder, or the beginning of a name, to which another line adds the rest.
    if (!/^\.{1,2}\/.*\w/.test(path)) return [];
    return [...modulesIn(target, ''), ...modulesThatBegin(path, file)];
  }
}

/** Every module whose path begins so, in the folder that the beginning names. */
function modulesThatBegin(beginning: string, file: string): string[] {
  const cut = beginning.lastIndexOf('/') + 1;
  const folder = absolute(beginning.slice(0, cut), file);
  return folder === undefined ? [] : modulesIn(folder, beginning.slice(cut));
}

function absolute(path: string, file: string): string | undefined {
  try {
    return path.startsWith('file:') ? fileURLToPath(path) : resolve(dirname(file), decodeURI(path));
  } catch {
    // A text that only looks like a path.
    return undefined;
  }
}

function modulesIn(folder: string, beginning: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) =>
      MODULE.test(name) && name.startsWith(beginning) ? (realFile(join(folder, name)) ?? []) : [],
    );
  } catch {
    return [];
  }
}

/** Undefined for what is not a file. */
function realFile(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? realpathSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for what is built into Node, or is not installed. */
function imported(specifier: string, file: string): string | undefined {
  try {
    const url = resolveImport(specifier, pathToFileURL(file).href);
    return url.startsWith('file:') ? realFile(fileURLToPath(url)) : undefined;
  } catch {
    return undefined;
  }
}

interface Package {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Whether it needs a package of kdx, as plugins do. */
  readonly standsOnKdx: boolean;
}

/** The package that a file belongs to: the nearest folder above with a package.json that has a name. */
function packageOf(file: string): Package | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    try {
      const { name, version, dependencies, peerDependencies } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      ) as {
        readonly name?: unknown;
        readonly version?: unknown;
        readonly dependencies?: object;
        readonly peerDependencies?: object;
      };
      const needs = Object.keys({ ...dependencies, ...peerDependencies });
      const standsOnKdx = needs.some((each) => each.startsWith('@kdx/'));
      if (typeof name === 'string')
        return { folder, name, version: String(version ?? 'unknown'), standsOnKdx };
    } catch {
      // No package.json here, or one that cannot be read: the folder above may have one.
    }
    if (dirname(folder) === folder) return undefined;
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * What changed between two programs, as the ends of a sentence that begins with "was begun with".
 * @param begun undefined of a run that an older kdx began, of which nothing is known
 */
export function codeDifferences(begun: LoadedCode | undefined, now: LoadedCode): string[] {
  if (typeof begun !== 'object' || begun === null) return [];
  return [...new Set([...Object.keys(begun), ...Object.keys(now)])].sort().flatMap((key) => {
    const [before, after] = [begun[key], now[key]];
    if (before === after) return [];
    const [plugin, part] = key.split(/: (.*)/s);
    const what = `${part} of plugin "${plugin}"`;
    if (after === undefined) return [`${what}, which it does not load now`];
    if (before === undefined) return [`no ${what}, which it loads now`];
    const isFile = /^[0-9a-f]{64}$/.test(before);
    return [isFile ? `another ${what}` : `${part} ${before} for plugin "${plugin}", which now is ${after}`];
  });
}
