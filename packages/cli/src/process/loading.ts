import type { PluginHost } from '@kdx/run';
import type { KdxError } from '@kdx/tensor';
import pc from 'picocolors';
import { EXIT, exitCode } from '../terminal/fail.js';
import { warnOnStderr } from '../terminal/warn-on-stderr.js';
import { rememberForeign } from './foreign-files.js';

/** Plugins that are loading, in whatever runs of this process: what each is refused with should it end the process. */
const loading = new Map<KdxError, (error: KdxError) => void>();
let release = (): void => {};

/**
 * While plugins load they end no process, which would take a list of plugins with it, and print nowhere but on stderr: stdout may
 * be read by a program. The last of those that load at the same time gives back what the first took.
 */
export const guardLoading: PluginHost = {
  loading(ended, refuse) {
    if (loading.size === 0) release = holdBack();
    loading.set(ended, refuse);
    return () => {
      loading.delete(ended);
      if (loading.size === 0) release();
    };
  },
  loaded: rememberForeign,
  warn: warnOnStderr,
};

function holdBack(): () => void {
  const { exit } = process;
  const { write } = process.stdout;
  process.exit = ((code) => {
    // Ctrl-C is meant.
    if (code === EXIT.interrupted) exit.call(process, code);
    for (const [ended, refuse] of loading) refuse(ended);
  }) as typeof exit;
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof write;
  process.on('exit', tellLoading);
  return () => {
    process.exit = exit;
    process.stdout.write = write;
    process.off('exit', tellLoading);
  };
}

/** Some ways to end a process cannot be held back; without this they would end it without a word. */
function tellLoading(): void {
  // Who interrupts kdx knows why it ended.
  if (process.exitCode === EXIT.interrupted) return;
  for (const error of loading.keys()) {
    console.error(`${pc.red(error.code)} ${error.message}`);
    process.exitCode = exitCode(error);
  }
}
