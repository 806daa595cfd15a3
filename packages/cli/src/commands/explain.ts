import { explainRun } from '@kdx/core';
import { Command } from 'commander';
import { settingsOf } from '../config/run-config.js';
import { prepareRun } from '../distill.js';
import { explanationText } from '../terminal/explanation-text.js';
import { type RunFlags, readRunConfig, withRunFlags } from './options.js';

export const explainCommand = (): Command =>
  withRunFlags(
    new Command('explain').description("Prints a run's full loss: terms, weights, taps, who brought them."),
  )
    .addHelpText(
      'after',
      '\nExample:\n  kdx explain --student cifar_resnet20 --teacher cifar_resnet56 --data shapes --plugins kd',
    )
    .action(async (file: string | undefined, flags: RunFlags) => {
      const config = await readRunConfig(file, flags);
      const { student, teacher, data, plugins, backend, device, precision, threads } = config;
      const run = await prepareRun({
        ...settingsOf(config),
        student,
        teacher,
        data,
        plugins,
        backend,
        device,
        precision,
        threads,
        out: false,
      });
      try {
        const explanation = explainRun(run.composition);
        console.log(flags.json ? JSON.stringify(explanation) : explanationText(explanation));
      } finally {
        await run.dispose();
      }
    });
