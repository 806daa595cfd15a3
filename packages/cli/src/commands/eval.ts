import { type HeadRule, scoreText } from '@kdx/core';
import { drawSample, type NameResolution, scoreSplit } from '@kdx/core/run';
import { count, duration, scoredImages } from '@kdx/core/text';
import { openNames, selectBackend } from '@kdx/run/parts';
import { classificationTask as task, usualHeadRule } from '@kdx/task-classification';
import { writeWhole } from '@kdx/tensor';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import { console, ownStdout } from '../process/own-process.js';
import { withHelpAll } from '../terminal/help.js';
import { fitTo } from './fit-to-data.js';
import { type MeasureFlags, splitOf, withMeasureFlags } from './measure-flags.js';
import { countFor } from './options.js';

interface EvalFlags extends MeasureFlags {
  readonly model: string;
  readonly weights?: string;
  readonly limit?: number;
  readonly headRule?: HeadRule;
  readonly confusion?: string;
}

const HEAD_RULES: readonly HeadRule[] = ['class', 'distillation', 'mean', 'sum-softmax'];

export const evalCommand = (): Command =>
  withHelpAll(
    withMeasureFlags(
      new Command('eval')
        .description('Scores trained weights on a data set.')
        .requiredOption('--model <model[@weights]>', 'e.g. cifar_resnet56@teacher.safetensors')
        .option('--weights <file>', 'safetensors file, if not on the model')
        .option('--limit <n>', 'only a class-balanced sample of so many', countFor('--limit'))
        .addOption(new Option('--head-rule <rule>', 'heads').choices(HEAD_RULES))
        .option('--confusion <file.json>', 'write which classes are taken for which'),
      { batch: 100 },
    ),
    { flags: ['--plugins', '--confusion', '--device', '--precision', '--threads'] },
  )
    .addHelpText(
      'after',
      `\nOf a run, take student.safetensors (last epoch), student.best.safetensors (best
on validation) or, with ema, student.ema.safetensors: by --split validation.

Example:
  kdx eval --model cifar_resnet56@teacher.safetensors --data cifar100:DIR`,
    )
    .action(async (flags: EvalFlags) => {
      const names = await openNames(flags.plugins);
      try {
        await score(flags, names);
      } finally {
        await names.close();
      }
    });

async function score(flags: EvalFlags, names: NameResolution): Promise<void> {
  const { info, notes } = await selectBackend(flags.backend, flags);
  const data = await names.data(flags.data);
  const split = splitOf(data, flags.split);
  const recipe = await names.model(
    flags.weights === undefined ? flags.model : `${flags.model}@${flags.weights}`,
  );
  const subject = await recipe.build(fitTo(data));
  if (recipe.weights === undefined)
    console.error(
      `${pc.yellow('!')} Without weights ${subject.spec.name} is scored as initialised; give them as MODEL@FILE.`,
    );
  const live = ownStdout.isTTY && !flags.json ? createLogUpdate(ownStdout) : undefined;
  const begun = performance.now();
  const headRule = flags.headRule ?? usualHeadRule(subject);
  const scoring = await scoreSplit(task, subject, split, {
    imageSize: data.imageSize,
    headRule,
    batch: flags.batch,
    limit: flags.limit,
    onProgress: (done, total) => {
      const rate = (done * 1000) / (performance.now() - begun);
      live?.(
        `${count(done)}/${count(total)} images  ${rate.toFixed(0)} images/s  ETA ${duration((total - done) / rate)}`,
      );
    },
  });
  const heads = scoring.result();
  live?.clear();
  const seconds = (performance.now() - begun) / 1000;
  if (flags.confusion !== undefined) {
    const { confusion } = scoring.details?.({ split: flags.split, weights: subject.spec.name, data }) ?? {};
    writeWhole(flags.confusion, `${JSON.stringify(confusion)}\n`);
  }
  const { images } = heads.fused;
  const { kind } = drawSample(split, flags.limit ?? split.length);
  const sample = kind && { of: split.length, kind };
  const imagesPerSecond = images / seconds;
  if (flags.json) {
    console.log(
      JSON.stringify({
        model: subject.spec.name,
        data: data.name,
        split: flags.split,
        ...(sample && { sample }),
        backend: info,
        backendNotes: notes,
        headRule,
        heads,
        seconds,
        imagesPerSecond,
      }),
    );
    return;
  }
  console.log(
    `${subject.spec.name} on ${scoredImages({ images }, flags.split, sample)}${sample ? ',' : ''} of ${data.name} (${info.name}, ${imagesPerSecond.toFixed(0)} images/s)`,
  );
  for (const note of notes) console.log(pc.dim(note));
  const table = new Table({
    head: ['head', ...Object.values(task.scores).map(({ label }) => label)],
    style: { head: [], border: [] },
  });
  for (const [head, scores] of Object.entries(heads)) {
    if (head === 'fused' && Object.keys(heads).length === 2) continue;
    table.push([
      head === 'fused' ? `fused (${headRule})` : head,
      ...Object.keys(task.scores).map((name) => scoreText(task, name, scores[name])),
    ]);
  }
  console.log(table.toString());
}
