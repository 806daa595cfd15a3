import { type DataSource, KdxError, type Model, type Precision } from '@kdx/core';
import { resolveData } from '@kdx/data';
import { model, readWeightsInfo } from '@kdx/models';
import {
  type NamedNetwork,
  SYNTHESIS_PRESETS,
  type SynthesisEvent,
  type SynthesisPreset,
  synthesize,
} from '@kdx/plugin-df-dearkd';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { PRECISIONS } from '../backends/precisions.js';
import { BACKEND_NAMES, selectBackend } from '../backends/select-backend.js';
import { hashFile } from '../run/record.js';
import { finishPool } from '../synth/finish-pool.js';
import { parseClasses, readSettings } from '../synth/read-settings.js';
import { count } from '../terminal/format.js';
import { listenForInterrupt } from '../terminal/interrupt.js';
import { synthReporter } from '../terminal/synth-reporter.js';
import { countFor, numberFor, threadsFor } from './options.js';

interface SynthFlags {
  readonly invert: string;
  readonly verify?: string;
  readonly compete?: string;
  readonly out: string;
  readonly images: number;
  readonly threshold?: number;
  readonly classes?: number[];
  readonly preset?: SynthesisPreset;
  readonly iterations?: number;
  readonly set?: string[];
  readonly seed: number;
  readonly jpeg?: number;
  readonly data?: string;
  readonly backend: string;
  readonly device?: string;
  readonly precision?: Precision;
  readonly threads?: number | 'auto';
  readonly json?: boolean;
}

export const synthCommand = (): Command =>
  new Command('synth')
    .description('Makes images from a trained network alone: a pool to distil from without data.')
    .requiredOption('--invert <model@weights>', 'the network, e.g. cifar_resnet56@teacher.safetensors')
    .requiredOption('--out <dir>', "the pool's folder; with one that is there it goes on")
    .option('--verify <model@weights>', 'another network, which scores the images')
    .option('--compete <model@weights>', 'another network, for --set divergence.kind=adi')
    .option('--images <n>', 'how many; whole batches are made', countFor('--images'), 1000)
    .option(
      '--threshold <p>',
      'count only images whose target the verifier gives p',
      numberFor('--threshold'),
    )
    .option('--classes <list>', 'classes to make images of, e.g. 0-9,42; default all', parseClasses)
    .addOption(
      new Option('--preset <name>', 'settings, default by image size').choices(
        Object.keys(SYNTHESIS_PRESETS),
      ),
    )
    .option('--iterations <n>', 'in one phase at full resolution; 0: noise', numberFor('--iterations'))
    .option('--set <path=value>', 'any setting, e.g. --set weights.batchNorm=5; repeatable', repeat)
    .option('--seed <n>', 'of noise, order of classes and views', numberFor('--seed'), 0)
    .option('--jpeg <quality>', 'files as JPEG, 1 to 100; default PNG', countFor('--jpeg'))
    .option('--data <spec>', 'real images to name the classes and to compare with; none is trained on')
    .addOption(new Option('--backend <name>').choices(BACKEND_NAMES).default('auto'))
    .option('--device <name>', 'cpu, cuda, cuda:N or auto')
    .addOption(new Option('--precision <name>').choices(PRECISIONS))
    .option('--threads <n>', 'threads of one kernel, or auto', threadsFor('--threads'))
    .option('--json', 'machine-readable output, one JSON object per line')
    .addHelpText(
      'after',
      `
Example:
  kdx synth --invert cifar_resnet56@teacher.safetensors --verify cifar_resnet20@other.safetensors \\
            --iterations 500 --images 1000 --out pools/c100
  kdx run … --plugins 'df-dearkd:{"pool":"pools/c100"}'
Ctrl-C saves; the same command goes on, also after a kill. Exit codes: 0 done, 2 wrong usage, 3 failed, 130 interrupted.`,
    )
    .action(async (flags: SynthFlags) => {
      const interrupt = listenForInterrupt(() => {
        if (!flags.json) console.log(pc.dim('\nsaving after this iteration (Ctrl-C again to leave at once)'));
      });
      const built: Model[] = [];
      try {
        const { info } = await selectBackend(flags.backend, flags);
        const real = flags.data === undefined ? undefined : await resolveData(flags.data);
        const network = async (named: string | undefined): Promise<NamedNetwork | undefined> => {
          if (named === undefined) return undefined;
          const found = await open(named, real);
          built.push(found.model);
          return found;
        };
        const inverted = (await network(flags.invert)) as NamedNetwork;
        const [verifier, competitor] = [await network(flags.verify), await network(flags.compete)];
        const settings = readSettings(flags, inverted.model.spec.inputSize[0]);
        if (!flags.json) {
          const { name, inputSize, classes } = inverted.model.spec;
          const iterations = settings.phases.reduce((sum, phase) => sum + phase.iterations, 0);
          console.log(
            `${pc.bold('inverting')} ${name}: ${count(flags.images)} images of ${inputSize.join('×')}, ${flags.classes?.length ?? classes} classes, ${count(iterations)} iterations each, on ${info.name} (${info.threads} thread${info.threads === 1 ? '' : 's'}, ${info.precision})`,
          );
        }
        await synthesize({
          inverted,
          verifier,
          competitor,
          directory: flags.out,
          images: flags.images,
          threshold: flags.threshold,
          classes: flags.classes,
          classNames: real?.classNames ?? (await classNamesOf(flags.invert)),
          settings,
          seed: flags.seed,
          imageFormat: flags.jpeg === undefined ? { type: 'png' } : { type: 'jpeg', quality: flags.jpeg },
          signal: interrupt.signal,
          onEvent: flags.json ? printJson : synthReporter({ images: flags.images }),
        });
        const lines = await finishPool({
          directory: flags.out,
          threshold: flags.threshold,
          inverted: inverted.model,
          verifier: verifier?.model,
          real,
        });
        console.log(flags.json ? JSON.stringify({ type: 'quality', ...lines.quality }) : lines.text);
      } finally {
        interrupt.release();
        for (const each of built) each.dispose();
      }
    });

const repeat = (value: string, before: string[] = []): string[] => [...before, value];

const printJson = (event: SynthesisEvent): void =>
  console.log(
    JSON.stringify(event, (_, value: unknown) =>
      value instanceof KdxError
        ? { code: value.code, message: value.message }
        : value instanceof Map
          ? Object.fromEntries(value)
          : value,
    ),
  );

/** @throws KdxError `KDX_SYNTH_WEIGHTS` for a network that knows nothing yet */
async function open(named: string, real: DataSource | undefined): Promise<NamedNetwork> {
  const recipe = model(named);
  if (recipe.weights === undefined) {
    throw new KdxError(
      'KDX_SYNTH_WEIGHTS',
      `"${named}" has no weights, and an untrained network knows no images; say ${named}@FILE.safetensors.`,
    );
  }
  const identity = { name: recipe.name, sha256: await hashFile(recipe.weights) };
  const built = await recipe.build(
    real ? { classes: real.classNames.length, imageSize: real.imageSize } : {},
  );
  return { model: built, identity };
}

async function classNamesOf(named: string): Promise<readonly string[] | undefined> {
  const { weights } = model(named);
  return weights === undefined ? undefined : (await readWeightsInfo(weights)).classNames;
}
