import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { identityOf, isUnchanged, jsonOf, keep } from './files.js';
import { cacheFolder, type Host, multiarch } from './host.js';
import type { FileIdentity } from './libtorch.js';
import { runProgram } from './run-program.js';
import type { Stated, Tree } from './tree.js';

// Python puts the current folder first on its path: a file there named json.py or torch.py is not ours to execute.
const WITHOUT_CURRENT_FOLDER = "import sys\nif sys.path[:1] == ['']: del sys.path[0]\n";

/** Finds torch without importing it, in some 50 ms. */
const LOCATE = `${WITHOUT_CURRENT_FOLDER}import importlib.util, json
spec = importlib.util.find_spec('torch')
print('kdx ' + json.dumps({'executable': sys.executable, 'torch': spec.origin if spec else None}))`;

/** Imports torch, which takes seconds. cpp_extension needs setuptools in some versions, hence the guess. */
const DESCRIBE = `${WITHOUT_CURRENT_FOLDER}import json, os, torch
try:
    from torch.utils import cpp_extension
    include, lib = cpp_extension.include_paths(), cpp_extension.library_paths()
except Exception:
    include, lib = [], []
home = os.path.dirname(torch.__file__)
print('kdx ' + json.dumps({
    'version': str(torch.__version__), 'cuda': torch.version.cuda,
    'cxx11Abi': bool(getattr(torch._C, '_GLIBCXX_USE_CXX11_ABI', True)),
    'include': include + [os.path.join(home, 'include')], 'lib': lib + [os.path.join(home, 'lib')],
    'prefix': sys.prefix}))`;

/** Starting a Python takes less than a second, importing torch from a cold disk up to a minute. */
const LOCATE_TIMEOUT_MS = 20_000;
const DESCRIBE_TIMEOUT_MS = 120_000;

interface Description extends Stated {
  readonly include: readonly string[];
  readonly lib: readonly string[];
  readonly prefix: string;
}

/** What was learnt of a Python, and the file whose change makes it worthless. */
interface Remembered {
  readonly description: Description;
  readonly torch: FileIdentity;
}

/**
 * The tree of the torch that a Python imports, or why it has none: `obstacle` is null where it has no torch at all or
 * does not start, as a version manager's stand-in without a version does, which is not worth a word.
 *
 * The answer is kept in the cache folder as long as `torch/__init__.py` and `torch/version.py` beside it are unchanged.
 */
export async function askPython(
  host: Host,
  executable: string,
): Promise<{ readonly tree: Tree } | { readonly obstacle: string | null }> {
  const located = await answer<{ executable: string; torch: string | null }>(
    host,
    executable,
    LOCATE,
    LOCATE_TIMEOUT_MS,
  );
  if (located.value === null || located.value.torch === null) return { obstacle: null };
  const torch = identityOf(join(located.value.torch, '../version.py')) ?? identityOf(located.value.torch);
  const name = createHash('sha256').update(`${located.value.executable}\n${torch?.path}`).digest('hex');
  const file = join(cacheFolder(host), `python-${name.slice(0, 16)}.json`);
  const remembered = jsonOf(file) as Partial<Remembered> | null;
  const known = remembered?.description;
  const isWhole = [known?.include, known?.lib].every(Array.isArray) && typeof known?.prefix === 'string';
  if (known && isWhole && isUnchanged(remembered.torch)) return { tree: treeOf(host, executable, known) };
  const { value, failure } = await answer<Description>(host, executable, DESCRIBE, DESCRIBE_TIMEOUT_MS);
  if (value === null) return { obstacle: `${executable} has a torch that cannot be imported (${failure})` };
  if (torch !== null) await keep(file, { description: value, torch } satisfies Remembered);
  return { tree: treeOf(host, executable, value) };
}

function treeOf(host: Host, executable: string, { include, lib, prefix, ...stated }: Description): Tree {
  // Distributions move headers and libraries of their torch to where those of other packages lie.
  return {
    source: executable,
    libDirs: [...lib, join(prefix, 'lib'), join(prefix, 'lib', multiarch(host))],
    includeDirs: [...new Set([...include, join(prefix, 'include')])],
    stated,
  };
}

async function answer<T>(
  { env }: Host,
  executable: string,
  script: string,
  timeoutMs: number,
): Promise<{ readonly value: T | null; readonly failure: string }> {
  const { stdout, stderr, signal } = await runProgram(executable, ['-c', script], { env, timeoutMs });
  // Modules may print to standard output while they are imported, so ours is the last line with the mark.
  const line = stdout.split('\n').findLast((text) => text.startsWith('kdx '));
  try {
    if (line !== undefined) return { value: JSON.parse(line.slice(4)) as T, failure: '' };
  } catch {
    // Falls through to the failure: a line cut off by the end of its process.
  }
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return { value: null, failure: signal === null ? last : `no answer within ${timeoutMs / 1000} s` };
}
