import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { type CliResult, collect } from './collect.js';

/** From `test/dist/support`. */
const KDX = fileURLToPath(new URL('../../../packages/cli/bin/kdx.js', import.meta.url));
const FIXTURES = new URL('../../fixtures/', import.meta.url);

/** Path of a file in `test/fixtures`. */
export const fixture = (name: string): string => fileURLToPath(new URL(name, FIXTURES));

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that Node loads before kdx. */
  readonly preload?: string;
  /** A shell line in front, e.g. `ulimit -f 100`. */
  readonly shell?: string;
}

const AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs the real `kdx` as a child process and waits for its end. A few run at once, the rest wait. */
export async function kdx(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  else running += 1;
  try {
    return await start(args, options);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

function start(args: readonly string[], { cwd, env, preload, shell }: CliOptions): Promise<CliResult> {
  const node = [...(preload ? ['--import', preload] : []), KDX, ...args];
  const [program, programArgs] = shell
    ? ['/bin/sh', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...node]]
    : [process.execPath, node];
  // Colours would stand between a test and the text; AVA's own settings are none of kdx's business.
  const { NODE_OPTIONS, FORCE_COLOR, NODE_V8_COVERAGE, ...inherited } = process.env;
  return collect(program, programArgs, { cwd, env: { ...inherited, NO_COLOR: '1', ...env } });
}

/** Like {@link kdx}, for a command that must succeed. */
export async function kdxOk(args: readonly string[], options?: CliOptions): Promise<CliResult> {
  const result = await kdx(args, options);
  if (result.code === 0) return result;
  throw new Error(
    `kdx ${args.join(' ')} ended with ${result.code ?? result.signal}:\n${result.stdout}${result.stderr}`,
  );
}

/** A temporary folder that goes with the test. */
export function temporaryFolder(t: Pick<ExecutionContext, 'teardown'>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-system-')));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The objects of `--json` output; throws on a line that is not JSON. */
export const jsonLines = <T = { type: string; step: number }>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
