import { Console } from 'node:console';

// What kdx itself uses of the process it runs in, taken before any plugin is loaded. The same names on `process` are the
// plugins' once a command runs: see guard.ts.

const { stdout } = process;
const exit = process.exit.bind(process);
const write = stdout.write.bind(stdout);
let redirected = false;
let midLine = false;
let leavingWith: number | undefined;

/** Changes the folder; plugins are refused to. */
export const changeFolder = process.chdir.bind(process);

/** The real standard output, also while that of plugins goes to stderr. */
export const ownStdout: NodeJS.WriteStream = Object.create(stdout, {
  write: {
    value: (...args: Parameters<typeof write>): boolean =>
      redirected ? write(...args) : stdout.write(...args),
  },
});

/** kdx's own console, which prints to {@link ownStdout}. The global one belongs to plugins. */
export const console: Console = new Console({
  stdout: ownStdout,
  stderr: process.stderr,
  ignoreErrors: true,
});

/** Sends what anything but kdx prints to stderr from now on: stdout may be read by a program. */
export function redirectOutput(): void {
  redirected = true;
  const { stderr } = process;
  stdout.write = ((chunk: string | Uint8Array, ...rest: never[]): boolean => {
    midLine = chunk.length > 0 && ![10, '\n'].includes(chunk.at(-1) ?? 10);
    return stderr.write(chunk, ...rest);
  }) as typeof write;
  stdout.end = (() => stdout) as typeof stdout.end;
}

/** A line for stderr, also where a plugin has left one unfinished. Not by the global console, which may be a plugin's by now. */
export function complain(line: string): void {
  process.stderr.write(`${midLine ? '\n' : ''}${line}\n`);
  midLine = false;
}

/** Ends the process with this exit code, which no listener of a plugin can change. */
export function exitNow(code: number): never {
  leavingWith ??= code;
  return exit(leavingWith);
}

/** The exit code that kdx ends with; undefined while it does not end. */
export const leaving = (): number | undefined => leavingWith;

let chosen = 0;

/** The exit code of a command that does its work to the end; 0 unless something was found wrong. */
export const setExitCode = (code: number): void => {
  chosen = code;
};

export const chosenExitCode = (): number => chosen;
