import { type Model } from '@kdx/core';
import { drawSample } from '@kdx/core/run';
import { count } from '@kdx/core/text';
import { attentionChart, attentionResult, renderSvg, sharedGeometry } from '@kdx/report';
import { openNames, selectBackend } from '@kdx/run/parts';
import { writeWhole } from '@kdx/tensor';
import { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import { measureAttention } from '../attention/measure.js';
import { readSubjects } from '../attention/subject.js';
import { kdxError } from '../errors.js';
import { console, ownStdout } from '../process/own-process.js';
import { attentionTable } from '../terminal/attention-table.js';
import { withHelpAll } from '../terminal/help.js';
import { fitTo } from './fit-to-data.js';
import { type MeasureFlags, splitOf, withMeasureFlags } from './measure-flags.js';
import { countFor, repeat } from './options.js';

interface AttentionFlags extends MeasureFlags {
  readonly model: string[];
  readonly images: number;
  readonly renormalize?: boolean;
  readonly plot?: string;
}

export const attentionCommand = (): Command =>
  withHelpAll(
    withMeasureFlags(
      new Command('attention')
        .description('Measures how far the heads of vision transformers look, block by block.')
        .summary('Measures how far the heads of ViTs look.')
        .requiredOption('--model <[label=]model>', "model@weights or a run's folder; repeatable", repeat)
        .option('--images <n>', 'a class-balanced sample of so many', countFor('--images'), 512)
        .option('--renormalize', 'let attention to patches sum to 1, see --help-all')
        .option('--plot <file.svg>', 'draw it, too'),
      { batch: 16 },
    ),
    {
      flags: ['--plugins', '--device', '--precision', '--threads'],
      notes:
        'Models of one label are the seeds of one arm, and are averaged. Without --renormalize, attention to special tokens counts as distance 0.',
    },
  )
    .addHelpText(
      'after',
      `
Examples:
  kdx attention --model plain=runs/plain/seed-0 --data cifar100:DIR \\
                --model dearkd=runs/dearkd/seed-0 --plot a.svg
  kdx attention --model deit_tiny_patch16_224@t.safetensors --data cifar100:DIR`,
    )
    .action(async (flags: AttentionFlags) => {
      const { plot, renormalize = false } = flags;
      checkPlot(plot);
      const names = await openNames(flags.plugins);
      const models: Model[] = [];
      const live = ownStdout.isTTY && !flags.json ? createLogUpdate(ownStdout) : undefined;
      try {
        const subjects = await readSubjects(flags.model, names.model);
        const { info, notes } = await selectBackend(flags.backend, flags);
        const data = await names.data(flags.data);
        const split = splitOf(data, flags.split);
        const { imageSize } = data;
        for (const { recipe } of subjects) {
          models.push(await recipe.build(fitTo(data)));
        }
        const geometry = sharedGeometry(
          subjects.map(({ label }, index) => ({ label, model: models[index] })),
        );
        const distances = await measureAttention(models, split, {
          imageSize,
          images: flags.images,
          batch: flags.batch,
          renormalize,
          onProgress: (done, total) => live?.(`${count(done)}/${count(total)} images`),
        });
        live?.clear();
        const { kind } = drawSample(split, flags.images);
        const result = attentionResult(
          subjects.map(({ label, recipe }, index) => ({
            label,
            model: models[index].spec.name,
            weights: recipe.weights ?? null,
            geometry: geometry[index],
            distances: distances[index],
          })),
          {
            data: data.name,
            split: flags.split,
            images: Math.min(flags.images, split.length),
            ...(kind && { sample: { of: split.length, kind } }),
            renormalize,
          },
        );
        console.log(
          flags.json
            ? JSON.stringify({ ...result, backend: info, backendNotes: notes })
            : attentionTable(result),
        );
        if (plot === undefined) return;
        writeWhole(plot, await renderSvg(attentionChart(result)));
        if (!flags.json) console.log(plot);
      } finally {
        live?.clear();
        for (const model of models) model.dispose();
        await names.close();
      }
    });

function checkPlot(file: string | undefined): void {
  if (file === undefined || /\.svg$/i.test(file)) return;
  throw kdxError('KDX_CONFIG', `--plot writes SVG and got "${file}"; name a file that ends in .svg.`);
}
