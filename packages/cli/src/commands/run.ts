import type { RunEvent } from '@kdx/core';
import { count, duration, placeOf } from '@kdx/core/text';
import { type PreparedRun, prepareRun } from '@kdx/run';
import { BASE_TASK, isObserver, newestUnfinishedRun } from '@kdx/run/parts';
import { Command } from 'commander';
import pc from 'picocolors';
import { console } from '../process/own-process.js';
import { returnTo } from '../process/return-to.js';
import { choiceText } from '../terminal/choice-text.js';
import { listenForInterrupt } from '../terminal/interrupt.js';
import { runReporter } from '../terminal/run-reporter.js';
import { type RunFlags, readBegunConfig, readNewRun, withRunFlags } from './options.js';

export const runCommand = (): Command =>
  withRunFlags(new Command('run').description('Trains a student, with a teacher or without.'))
    .option('--resume [dir]', 'go on with an interrupted run, default the newest')
    .addHelpText(
      'after',
      `
Example:
  kdx run --student cifar_resnet20 --teacher cifar_resnet56@t.safetensors \\
          --data cifar100:DIR --plugins kd --epochs 30
Ctrl-C saves and says how to go on.`,
    )
    .action(async (file: string | undefined, flags: RunFlags & { resume?: string | true }) => {
      const named = flags.resume === true ? newestUnfinishedRun() : flags.resume;
      const resume = named === undefined ? undefined : returnTo(named);
      const { config, origins } =
        resume === undefined
          ? await readNewRun(file, flags)
          : { config: await readBegunConfig(resume, file, flags) };
      const interrupt = listenForInterrupt(() => {
        if (!flags.json) console.log(pc.dim('\nsaving after this step (Ctrl-C again to leave at once)'));
      });
      const run = await prepareRun(
        { ...config, resume, signal: interrupt.signal },
        { origins, onWait: (message) => console.error(pc.dim(message)) },
      );
      try {
        if (!flags.json) printHead(run);
        const report = flags.json ? jsonReporter(run) : reporterOf(run);
        run.events.on('event', report);
        const summary = await run.fit({ signal: interrupt.signal });
        if (flags.json) console.log(JSON.stringify({ type: 'summary', ...summary }));
        else {
          const chosen = choiceText(summary);
          if (chosen !== undefined) console.log(`${pc.bold('choose')}    ${chosen}`);
          console.log(`${pc.bold('done')}      ${duration(summary.seconds)}, in ${run.directory}`);
        }
      } catch (error) {
        // What ended the run is what to tell, whatever else fails on the way out.
        await run.dispose().catch(() => {});
        throw error;
      } finally {
        interrupt.release();
      }
      await run.dispose();
    });

const reporterOf = ({ composition: { settings } }: PreparedRun): ((event: RunEvent) => void) =>
  runReporter({ epochs: settings.epochs, averaged: settings.ema !== null });

/** Prints each event as a line of JSON, and what the back end decided as log events after the first. */
const jsonReporter =
  ({ backendNotes, record }: PreparedRun) =>
  (event: RunEvent): void => {
    console.log(JSON.stringify(event));
    if (event.type !== 'run-start') return;
    const source = `${record.pinned.backend.name} back end`;
    for (const message of backendNotes)
      console.log(JSON.stringify({ type: 'log', step: event.resumedAt, source, message } satisfies RunEvent));
  };

function printHead({ composition, record, backendReason, backendNotes, made }: PreparedRun): void {
  const { student, data, plugins, teachers } = composition;
  const { name, build, precision } = record.pinned.backend;
  const line = (label: string, text: string): void => console.log(`${pc.bold(label.padEnd(9))} ${text}`);
  const where = placeOf(record.pinned.backend);
  line('back end', `${name} (${build}, ${where}, ${precision}), ${backendReason}`);
  for (const note of backendNotes) line('', note);
  line('student', `${student.spec.name}, ${count(student.spec.parameterCount)} parameters`);
  if (teachers.length === 0) line('teacher', 'none');
  const splits = [
    `${count(data.train.length)} training`,
    data.validation && `${count(data.validation.length)} validation`,
    data.test && `${count(data.test.length)} test`,
  ];
  line(
    'data',
    `${data.name}: ${splits.filter(Boolean).join(', ')} images, ${data.labelNames.length} classes`,
  );
  const names = (observers: boolean): string =>
    plugins.ordered
      .filter((plugin) => isObserver(plugin) === observers)
      .map(({ definition }) => definition.name)
      .filter((plugin) => plugin !== BASE_TASK)
      .join(', ');
  line('methods', names(false) || 'none (plain training)');
  if (names(true) !== '') line('observers', names(true));
  for (const { plugin, file, builtIn } of made) {
    if (file && !builtIn) line('', `${plugin.definition.name} ${plugin.definition.version} is ${file}`);
  }
}
