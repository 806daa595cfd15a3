import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { saveNetworks } from '../support/tiny-networks.js';

/** Something that kdx does in a folder, which may be killed at any time and given again. */
export interface Job {
  readonly name: 'run' | 'synth' | 'bench';
  /** What to type next for this folder: the job itself, or how to resume it. */
  command(folder: string): readonly string[];
  /** The files that must end the same, by name: their bytes, or what of them does not depend on a clock. */
  results(folder: string): ReadonlyMap<string, string>;
}

const WHERE = ['--backend', 'wasm', '--threads', '1'];
const TRAINING = [
  ...['--student', 'convnet?width=4&stages=1', '--batch', '16', ...WHERE, '--set', 'ema=0.9'],
  ...['--data', 'shapes?classes=3&train=160&validation=32&test=32&augment=flip'],
  ...['--set', 'saveEvery=3', '--set', 'logEvery=1', '--set', 'teacherImages=0'],
];
const NETWORK = 'cifar_resnet8';

/** Every file of a folder, relative, sorted. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** Keys of JSON files that tell times and places. */
const VOLATILE = new Set([
  ...['seconds', 'epochSeconds', 'created', 'written', 'run', 'files', 'command', 'teacherCache', 'cwd'],
  ...['config', 'origins', 'environment', 'directory'],
]);

const steady = (text: string): string =>
  JSON.stringify(JSON.parse(text, (key, value: unknown) => (VOLATILE.has(key) ? undefined : value)));

/** Logs tell of each resume, and the tables of a comparison of seconds: that they are there is all that is compared. */
const UNCOMPARED = /(^|\/)(events\.jsonl|bench\.md|quality\.json|arms\/.*|teacher-cache\/.*)$/;
const TIMED = /(^|\/)(summary|bench|config|teachers)\.json$/;

function results(folder: string): Map<string, string> {
  return new Map(
    filesIn(folder).map((file) => {
      const path = join(folder, file);
      if (UNCOMPARED.test(file)) return [file, 'there'];
      return [file, TIMED.test(file) ? steady(readFileSync(path, 'utf8')) : readFileSync(path, 'base64')];
    }),
  );
}

/** A run, a pool and a comparison, each of seconds. @param folder where the network that is inverted is kept */
export async function tinyJobs(folder: string): Promise<readonly Job[]> {
  const network = `${NETWORK}@${join(folder, 'network.safetensors')}`;
  await saveNetworks([{ named: network, seed: 1, classes: 3, side: 8 }]);
  return [
    {
      name: 'run',
      command: (out) =>
        existsSync(join(out, 'config.json'))
          ? ['run', '--resume', out]
          : ['run', ...TRAINING, '--epochs', '6', '--out', out],
      results,
    },
    {
      name: 'synth',
      command: (out) => [
        ...['synth', ...WHERE, '--invert', network, '--iterations', '110', '--images', '6', '--out', out],
        ...['--set', 'classesPerBatch=2', '--set', 'imagesPerClass=1'],
      ],
      results,
    },
    {
      name: 'bench',
      command: (out) => [
        ...['bench', ...TRAINING, '--epochs', '3', '--teacher', 'convnet?width=4', '--seeds', '0'],
        ...['--arm', 'plain', '--arm', 'kd=kd', '--jobs', '2', '--out', out],
      ],
      results,
    },
  ];
}
