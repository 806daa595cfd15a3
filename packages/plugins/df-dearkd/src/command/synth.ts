import type {
  BackendFlags,
  CommandBackend,
  CommandDefinition,
  CommandHost,
  CommandNames,
  DataSource,
  Model,
} from '@kdx/core';
import { count, counted, placeOf } from '@kdx/core/text';
import { readWeightsInfo } from '@kdx/models';
import { KdxError } from '@kdx/tensor';
import pc from 'picocolors';
import { kdxError } from '../errors.js';
import type { NamedNetwork, SynthesisEvent } from '../synthesis/request.js';
import { SYNTHESIS_PRESETS, type SynthesisPreset, type SynthesisSettings } from '../synthesis/settings.js';
import { synthesize } from '../synthesis/synthesize.js';
import { finishPool } from './finish-pool.js';
import { parseClasses, readSettings, settingPaths } from './read-settings.js';
import { synthReporter } from './synth-reporter.js';

interface SynthFlags extends BackendFlags {
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
  readonly json?: boolean;
}

export const synthCommand: CommandDefinition<SynthFlags> = {
  description: 'Makes images from a trained network alone: a pool to distil from without data.',
  flags: [
    {
      flags: '--invert <model@weights>',
      description: 'the trained network to make images from',
      required: true,
    },
    {
      flags: '--out <dir>',
      description: "the pool's folder; goes on with one that is there",
      required: true,
    },
    { flags: '--verify <model@weights>', description: 'another network, which scores the images' },
    { flags: '--compete <model@weights>', description: 'another network, for --set divergence.kind=adi' },
    {
      flags: '--images <n>',
      description: 'how many; whole batches are made',
      takes: { number: 'whole', least: 1 },
      default: 1000,
    },
    {
      flags: '--threshold <p>',
      description: 'count only images of which the verifier is so sure',
      takes: { number: 'probability' },
    },
    {
      flags: '--classes <list>',
      description: 'of which classes, e.g. 0-9,42; default all',
      parse: parseClasses,
    },
    {
      flags: '--preset <name>',
      description: 'settings, default by image size',
      choices: Object.keys(SYNTHESIS_PRESETS),
    },
    {
      flags: '--iterations <n>',
      description: 'in all, shared out as the preset does; 0: noise',
      takes: { number: 'whole', least: 0 },
    },
    {
      flags: '--set <path=value>',
      description: 'any setting, as weights.batchNorm=5; repeatable',
      repeatable: true,
    },
    {
      flags: '--seed <n>',
      description: 'of noise, order of classes and views',
      takes: { number: 'whole', least: 0 },
      default: 0,
    },
    {
      flags: '--jpeg <quality>',
      description: 'files as JPEG, 1 to 100; default PNG',
      takes: { number: 'whole', least: 1, most: 100 },
    },
    { flags: '--data <spec>', description: 'real images to name classes and to compare with' },
    { flags: '--start <spec>', description: 'begin with its training images instead of noise' },
  ],
  shared: ['plugins', 'backend', 'json'],
  seldom: ['--compete', '--start', '--plugins', '--seed', '--jpeg', '--device', '--precision', '--threads'],
  example: `
Example:
  kdx synth --invert cifar_resnet56@teacher.safetensors --images 1000 \\
            --verify cifar_resnet20@other.safetensors --out pools/c100
  kdx run … --plugins 'df-dearkd:{"pool":"pools/c100"}'
Ctrl-C saves; the same command goes on, also after a kill.`,
  notes: `Settings of --set: ${settingPaths().join(', ')}.`,
  async run(flags, host) {
    host.checkFolder(flags.out);
    const names = await host.openNames(flags.plugins);
    const interrupt = host.listenForInterrupt(() => {
      if (!flags.json) host.print(pc.dim('\nsaving after this iteration (Ctrl-C again to leave at once)'));
    });
    const built: Model[] = [];
    try {
      const selected = await host.selectBackend(flags);
      const real = flags.data === undefined ? undefined : await names.data(flags.data);
      const start = flags.start === undefined ? undefined : await names.data(flags.start);
      const network = async (named: string | undefined): Promise<NamedNetwork | undefined> => {
        if (named === undefined) return undefined;
        const found = await openNetwork(named, names, real, host);
        built.push(found.model);
        return found;
      };
      const inverted = (await network(flags.invert)) as NamedNetwork;
      const [verifier, competitor] = [await network(flags.verify), await network(flags.compete)];
      const { inputSize, classes } = inverted.model.spec;
      const settings = readSettings(
        flags,
        {
          height: inputSize[0],
          classes: flags.classes?.length ?? classes,
        },
        host,
      );
      const head = headOf({ flags, settings, inverted, verifier, selected });
      await synthesize({
        inverted,
        verifier,
        competitor,
        directory: flags.out,
        images: flags.images,
        threshold: flags.threshold,
        classes: flags.classes,
        classNames: real?.labelNames,
        settings,
        start,
        seed: flags.seed,
        imageFormat: flags.jpeg === undefined ? { type: 'png' } : { type: 'jpeg', quality: flags.jpeg },
        signal: interrupt.signal,
        onWait: host.note,
        onEvent: flags.json
          ? (event) => host.print(jsonOf(event))
          : synthReporter({ head, images: flags.images, stream: host.stdout }),
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
      host.print(flags.json ? JSON.stringify({ type: 'quality', ...lines.quality }) : lines.text);
    } finally {
      interrupt.release();
      for (const each of built) each.dispose();
      await names.close();
    }
  },
};

interface Head {
  readonly flags: SynthFlags;
  readonly settings: SynthesisSettings;
  readonly inverted: NamedNetwork;
  readonly verifier?: NamedNetwork;
  readonly selected: CommandBackend;
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

const jsonOf = (event: SynthesisEvent): string =>
  JSON.stringify(event, (_, value: unknown) =>
    value instanceof KdxError
      ? { code: value.code, message: value.message }
      : value instanceof Map
        ? Object.fromEntries(value)
        : value,
  );

/** @throws KdxError `KDX_SYNTH_WEIGHTS` for a network that knows nothing yet */
async function openNetwork(
  named: string,
  names: CommandNames,
  real: DataSource | undefined,
  { hashFile, warn }: CommandHost,
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
          classes: real.labelNames.length,
          imageSize: real.imageSize,
          labelNames: real.labelNames,
          onWarning: warn,
        }
      : { onWarning: warn },
  );
  return { model: built, identity, classNames: (await readWeightsInfo(recipe.weights)).labelNames };
}
