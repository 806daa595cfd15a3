import { type DataSource, type Model } from '@kdx/core';
import { type NameResolution } from '@kdx/core/run';
import { readWeightsInfo } from '@kdx/models';
import {
  type NamedNetwork,
  SYNTHESIS_PRESETS,
  type SynthesisEvent,
  type SynthesisPreset,
  type SynthesisSettings,
  synthesize,
} from '@kdx/plugin-df-dearkd';
import {
  BACKEND_NAMES,
  checkFolder,
  hashFile,
  openNames,
  PRECISIONS,
  type SelectedBackend,
  selectBackend,
} from '@kdx/run/parts';
import { count, counted, placeOf } from '@kdx/run/text';
import { type BackendSettings, KdxError } from '@kdx/tensor';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { kdxError } from '../errors.js';
import { console } from '../process/own-process.js';
import { finishPool } from '../synth/finish-pool.js';
import { parseClasses, readSettings, settingPaths } from '../synth/read-settings.js';
import { withHelpAll } from '../terminal/help.js';
import { listenForInterrupt } from '../terminal/interrupt.js';
import { synthReporter } from '../terminal/synth-reporter.js';
import { warnOnStderr } from './fit-to-data.js';
import { pluginsOption } from './measure-flags.js';
import { countFor, probabilityFor, threadsFor, wholeFor } from './options.js';

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
  readonly plugins?: string;
  readonly start?: string;
  readonly backend: string;
  readonly device?: string;
  readonly precision?: BackendSettings['precision'];
  readonly threads?: number | 'auto';
  readonly json?: boolean;
}

export const synthCommand = (): Command =>
  withHelpAll(
    new Command('synth')
      .description('Makes images from a trained network alone: a pool to distil from without data.')
      .summary('Makes images from a trained network, to train without data.')
      .requiredOption('--invert <model@weights>', 'the trained network to make images from')
      .requiredOption('--out <dir>', "the pool's folder; goes on with one that is there")
      .option('--verify <model@weights>', 'another network, which scores the images')
      .option('--compete <model@weights>', 'another network, for --set divergence.kind=adi')
      .option('--images <n>', 'how many; whole batches are made', countFor('--images'), 1000)
      .option(
        '--threshold <p>',
        'count only images of which the verifier is so sure',
        probabilityFor('--threshold'),
      )
      .option('--classes <list>', 'of which classes, e.g. 0-9,42; default all', parseClasses)
      .addOption(
        new Option('--preset <name>', 'settings, default by image size').choices(
          Object.keys(SYNTHESIS_PRESETS),
        ),
      )
      .option(
        '--iterations <n>',
        'in all, shared out as the preset does; 0: noise',
        wholeFor('--iterations', 0),
      )
      .option('--set <path=value>', 'any setting, as weights.batchNorm=5; repeatable', repeat)
      .option('--seed <n>', 'of noise, order of classes and views', wholeFor('--seed', 0), 0)
      .option('--jpeg <quality>', 'files as JPEG, 1 to 100; default PNG', wholeFor('--jpeg', 1, 100))
      .option('--data <spec>', 'real images to name classes and to compare with')
      .option('--start <spec>', 'begin with its training images instead of noise')
      .addOption(pluginsOption())
      .addOption(new Option('--backend <name>', 'what computes').choices(BACKEND_NAMES).default('auto'))
      .option('--device <name>', 'cpu, cuda, cuda:N or auto')
      .addOption(new Option('--precision <name>', 'of products and convolutions').choices(PRECISIONS))
      .option('--threads <n>', 'threads of one kernel, or auto', threadsFor('--threads'))
      .option('--json', 'for programs, one JSON object per line')
      .addHelpText(
        'after',
        `
Example:
  kdx synth --invert cifar_resnet56@teacher.safetensors --images 1000 \\
            --verify cifar_resnet20@other.safetensors --out pools/c100
  kdx run … --plugins 'df-dearkd:{"pool":"pools/c100"}'
Ctrl-C saves; the same command goes on, also after a kill.`,
      ),
    {
      flags: [
        '--compete',
        '--start',
        '--plugins',
        '--seed',
        '--jpeg',
        '--device',
        '--precision',
        '--threads',
      ],
      notes: `Settings of --set: ${settingPaths().join(', ')}.`,
    },
  ).action(async (flags: SynthFlags) => {
    checkFolder(flags.out);
    const names = await openNames(flags.plugins);
    const interrupt = listenForInterrupt(() => {
      if (!flags.json) console.log(pc.dim('\nsaving after this iteration (Ctrl-C again to leave at once)'));
    });
    const built: Model[] = [];
    try {
      const selected = await selectBackend(flags.backend, flags);
      const real = flags.data === undefined ? undefined : await names.data(flags.data);
      const start = flags.start === undefined ? undefined : await names.data(flags.start);
      const network = async (named: string | undefined): Promise<NamedNetwork | undefined> => {
        if (named === undefined) return undefined;
        const found = await open(named, names, real);
        built.push(found.model);
        return found;
      };
      const inverted = (await network(flags.invert)) as NamedNetwork;
      const [verifier, competitor] = [await network(flags.verify), await network(flags.compete)];
      const { inputSize, classes } = inverted.model.spec;
      const settings = readSettings(flags, {
        height: inputSize[0],
        classes: flags.classes?.length ?? classes,
      });
      const head = headOf({ flags, settings, inverted, verifier, selected });
      await synthesize({
        inverted,
        verifier,
        competitor,
        directory: flags.out,
        images: flags.images,
        threshold: flags.threshold,
        classes: flags.classes,
        classNames: real?.classNames,
        settings,
        start,
        seed: flags.seed,
        imageFormat: flags.jpeg === undefined ? { type: 'png' } : { type: 'jpeg', quality: flags.jpeg },
        signal: interrupt.signal,
        onWait: (message) => console.error(pc.dim(message)),
        onEvent: flags.json ? printJson : synthReporter({ head, images: flags.images }),
      });
      // All is saved: Ctrl-C may end what is left at once.
      interrupt.release();
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
      await names.close();
    }
  });

interface Head {
  readonly flags: SynthFlags;
  readonly settings: SynthesisSettings;
  readonly inverted: NamedNetwork;
  readonly verifier?: NamedNetwork;
  readonly selected: SelectedBackend;
}

/** What is made of what by what, for a person. */
function headOf({ flags, settings, inverted, verifier, selected: { info, why, notes } }: Head): string[] {
  const { name, inputSize, classes } = inverted.model.spec;
  const { phases, classesPerBatch, imagesPerClass } = settings;
  const iterations = phases.reduce((sum, phase) => sum + phase.iterations, 0);
  const line = (label: string, text: string): string => `${pc.bold(label.padEnd(9))} ${text}`;
  return [
    line('back end', `${info.name} (${info.build}, ${placeOf(info)}, ${info.precision}), ${why}`),
    ...notes.map((note) => line('', note)),
    line(
      'inverting',
      `${name}, images of ${inputSize.join('×')}, ${counted(flags.classes?.length ?? classes, 'class', 'classes')}`,
    ),
    ...(verifier ? [line('verifier', verifier.model.spec.name)] : []),
    line(
      'pool',
      `${flags.out}, ${counted(flags.images, 'image')} in batches of ${count(classesPerBatch * imagesPerClass)} (${counted(classesPerBatch, 'class', 'classes')} × ${imagesPerClass}), ${counted(iterations, 'iteration')} each`,
    ),
  ];
}

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
async function open(
  named: string,
  names: NameResolution,
  real: DataSource | undefined,
): Promise<NamedNetwork> {
  const recipe = await names.model(named);
  if (recipe.weights === undefined) {
    throw kdxError(
      'KDX_SYNTH_WEIGHTS',
      `"${named}" has no weights, and an untrained network knows no images; say ${named}@FILE.safetensors.`,
    );
  }
  const identity = { name: recipe.name, sha256: await hashFile(recipe.weights) };
  const built = await recipe.build(
    // Not the statistics of the data: a network without any of its own is refused.
    real
      ? {
          classes: real.classNames.length,
          imageSize: real.imageSize,
          classNames: real.classNames,
          onWarning: warnOnStderr,
        }
      : { onWarning: warnOnStderr },
  );
  return { model: built, identity, classNames: (await readWeightsInfo(recipe.weights)).classNames };
}
