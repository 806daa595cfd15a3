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
const BESIDE = /\bnew\s+URL\s*\(\s*(['"`])(\.{1,2}\/[^'"`\n]*)\1/g;

const PROGRAM = /\.[cm]?[jt]s$/;
const MODULE = /\.([cm]?[jt]s|json|node|wasm)$/;
/**
 * All code that can be reached from a file by imports, static or dynamic, `require` and `new URL(…, import.meta.url)`: the files
 * of its own package, files that are named by a relative path, and packages that are linked rather than installed. Of an
 * installed package, and of kdx itself, the version stands for its files.
 */
export function loadedCode(entry: string): LoadedCode {
  const start = realpathSync(entry);
  const home = packageOf(start)?.folder;
  const found = new Map<string, string>();
  const seen = new Set([start]);
  const queue = [start];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const bytes = readFileSync(file);
    found.set(relative(dirname(start), file).split(sep).join('/'), sha256(bytes));
    if (!PROGRAM.test(file)) continue;
    for (const target of namedIn(bytes.toString('utf8'), file)) {
      if (seen.has(target)) continue;
      seen.add(target);
      const of = packageOf(target);
      const installed = target.split(sep).includes('node_modules') && of?.folder !== home;
      if (of && (installed || (of.name.startsWith('@kdx/') && of.folder !== home)))
        found.set(of.name, of.version);
      else if (!installed) queue.push(target);
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Files that exist and are named in a program. */
function namedIn(text: string, file: string): string[] {
  const paths = [...text.matchAll(PATH)].flatMap(([, , path]) => filesAt(path, file));
  const data = [...text.matchAll(BESIDE)].flatMap(([, , path]) => filesAt(path, file));
  const packages = [...text.matchAll(IMPORT)].flatMap(([, , specifier]) =>
    /^(\.|\/|file:|node:)/.test(specifier) ? [] : (imported(specifier, file) ?? []),
  );
  return [...paths.filter((path) => MODULE.test(path)), ...data, ...packages];
}

/** The files that a path may mean; of one that is put together, every module in the folder that it begins with. */
function filesAt(path: string, file: string): string[] {
  const hole = path.indexOf('${');
  if (hole >= 0) {
    const folder = absolute(path.slice(0, path.lastIndexOf('/', hole) + 1), file);
    return folder === undefined ? [] : modulesIn(folder);
  }
  const target = absolute(path.replace(/[?#].*$/, ''), file);
  if (target === undefined) return [];
  try {
    // Knows what require() tries behind a path, and the main file of a folder.
    return [realFile(createRequire(file).resolve(target)) ?? []].flat();
  } catch {
    return [];
  }
}

function absolute(path: string, file: string): string | undefined {
  try {
    return path.startsWith('file:') ? fileURLToPath(path) : resolve(dirname(file), decodeURI(path));
  } catch {
    // A text that only looks like a path.
    return undefined;
  }
}

function modulesIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) =>
      MODULE.test(name) ? (realFile(join(folder, name)) ?? []) : [],
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
}

/** The package that a file belongs to: the nearest folder above with a package.json that has a name. */
function packageOf(file: string): Package | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly name?: unknown;
        readonly version?: unknown;
      };
      if (typeof name === 'string') return { folder, name, version: String(version ?? 'unknown') };
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
