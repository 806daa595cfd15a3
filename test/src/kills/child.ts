import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const KDX = fileURLToPath(new URL('../../../packages/cli/bin/kdx.js', import.meta.url));
/** A process-id namespace of its own, as a container has: kdx is process 1 in it. */
const NAMESPACE = ['--kill-child', '--pid', '--fork', '--mount-proc'];

/** Whether this machine lets us make namespaces: Linux, as root. */
export const hasNamespaces = (): boolean =>
  process.platform === 'linux' && spawnSync('unshare', [...NAMESPACE, 'true']).status === 0;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** A kdx that can be killed. */
export class KdxProcess {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  constructor(
    args: readonly string[],
    private readonly asFirst: boolean,
  ) {
    const { NODE_OPTIONS, FORCE_COLOR, NODE_V8_COVERAGE, ...env } = process.env;
    const node = [process.execPath, KDX, ...args];
    const [program, ...rest] = asFirst ? ['unshare', ...NAMESPACE, ...node] : node;
    const child = spawn(program, rest, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...env, NO_COLOR: '1' },
    });
    this.#child = child;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = `${stderr}${text}`.slice(-2000);
    });
    // Not `close`: an orphan may hold the pipe.
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => resolve({ code, signal, stderr }));
    });
  }

  /** Sends kdx itself a signal, and not the program that made its namespace. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const target = this.asFirst ? firstChildOf(pid) : pid;
    try {
      if (target !== undefined) process.kill(target, signal);
    } catch {
      // It has just ended.
    }
  }
}

function firstChildOf(pid: number): number | undefined {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/);
    return first ? Number(first) : undefined;
  } catch {
    return undefined;
  }
}

/** Processes whose command line names a folder. Linux only, elsewhere none is found. */
export function processesOf(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}
