import { counted } from '@kdx/core/text';
import { prepareRun } from '@kdx/run';
import { Command } from 'commander';
import pc from 'picocolors';
import type { CheckReport } from '../check/check-report.js';
import { checkRun } from '../check/check-run.js';
import { lineText } from '../check/line-text.js';
import { console, setExitCode } from '../process/own-process.js';
import { exitCode } from '../terminal/fail.js';
import { type RunFlags, readRunConfig, withRunFlags } from './options.js';

export const checkCommand = (): Command =>
  withRunFlags(
    new Command('check')
      .description(
        'Takes one batch through a run without training: teacher accuracy, taps, losses, gradients, time and memory.',
      )
      .summary('Tries a run without training it, and says what it will cost.'),
  )
    .addHelpText(
      'after',
      `
Example:
  kdx check --student cifar_resnet20 --teacher cifar_resnet56@t.safetensors \\
            --data cifar100:DIR --plugins kd
✓ fine, ! warning (exit code 0 as well), ✗ would end the run.`,
    )
    .action(async (file: string | undefined, flags: RunFlags) => {
      const config = await readRunConfig(file, flags);
      const { teacherCache, teacher = [] } = config;
      const run = await prepareRun({ ...config, out: false, teacherCache: false });
      try {
        const report = await checkRun(run, {
          teacherNames: [teacher].flat(),
          teacherCache: teacherCache !== undefined && teacherCache !== false,
          onLine: flags.json ? undefined : (line) => console.log(lineText(line)),
        });
        console.log(flags.json ? JSON.stringify(report) : verdict(report));
        const failure = report.lines.find(({ status }) => status === 'error');
        if (failure) setExitCode(exitCode({ exit: failure.exit ?? 'failure' }));
      } finally {
        await run.dispose();
      }
    });

function verdict({ lines }: CheckReport): string {
  const count = (status: string): number => lines.filter((line) => line.status === status).length;
  const [warnings, errors] = [count('warning'), count('error')];
  if (errors > 0)
    return pc.red(
      `${counted(errors, 'error')}, ${counted(warnings, 'warning')}: this run would not end well`,
    );
  if (warnings > 0) return pc.yellow(`${counted(warnings, 'warning')}; the run would go through`);
  return pc.green('all well; "kdx run" with the same flags trains it');
}
