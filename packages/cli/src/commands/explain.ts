import { type Explanation, explainRun } from '@kdx/core/inspect';
import { prepareRun } from '@kdx/run';
import { Command, Option } from 'commander';
import { console } from '../process/own-process.js';
import { explanationMarkdown } from '../terminal/explanation-markdown.js';
import { explanationText } from '../terminal/explanation-text.js';
import { type RunFlags, readRunConfig, withRunFlags } from './options.js';

const FORMATS = {
  text: explanationText,
  markdown: explanationMarkdown,
  json: (explanation) => JSON.stringify(explanation),
} satisfies Record<string, (explanation: Explanation) => string>;

interface ExplainFlags extends RunFlags {
  readonly format?: keyof typeof FORMATS;
}

export const explainCommand = (): Command =>
  withRunFlags(
    new Command('explain')
      .description("Prints a run's whole loss: terms, weights over epochs, taps, who learns, who brought it.")
      .summary("Prints a run's whole loss, and who learns from it."),
  )
    .addOption(
      new Option('--format <kind>', 'how to print it').choices(Object.keys(FORMATS)).conflicts('json'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  kdx explain --student cifar_resnet20 --teacher cifar_resnet56 \\\n              --data shapes --plugins kd',
    )
    .action(async (file: string | undefined, flags: ExplainFlags) => {
      const config = await readRunConfig(file, flags);
      const run = await prepareRun({ ...config, out: false, teacherCache: false });
      try {
        const print = FORMATS[flags.json ? 'json' : (flags.format ?? 'text')];
        console.log(print(explainRun(run.composition)));
      } finally {
        await run.dispose();
      }
    });
