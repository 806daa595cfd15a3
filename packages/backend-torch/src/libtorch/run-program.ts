import { execFile } from 'node:child_process';

export interface ProgramResult {
  /** Exit code; null when it was ended by a signal or could not be started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** `ENOENT`, `EACCES`, …: why it could not be started; null where it was. */
  readonly notStarted: string | null;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which it is killed; 0, the default, for never. */
  readonly timeoutMs?: number;
}

/** Runs a program without a shell and collects what it prints. Never throws: a failure is a result like another. */
export function runProgram(
  program: string,
  args: readonly string[],
  { env = process.env, timeoutMs = 0 }: ProgramOptions = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { env: { ...env }, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 26, encoding: 'utf8' },
      (error, stdout, stderr) => {
        const { code = 0, signal = null } = (error ?? {}) as {
          code?: number | string;
          signal?: NodeJS.Signals;
        };
        resolve({
          code: typeof code === 'number' && signal === null ? code : null,
          signal,
          stdout,
          stderr,
          notStarted: typeof code === 'string' ? code : null,
        });
      },
    );
    child.stdin?.end();
  });
}
