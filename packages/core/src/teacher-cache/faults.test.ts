import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { RunStore } from '../index.js';
import { killing } from '../train/resume.test.helper.js';
import { begunFolder, code, plugin, recorded, task, tinyRun } from '../train/tiny-run.test.helper.js';
import {
  brighten,
  type CachedRun,
  cachedRun,
  emptyFolder,
  openBelow,
  pulling,
  recordFiles,
  toldBy,
  trained,
  WAYS,
} from './teacher-cache.test.helper.js';

await tf.setBackend('cpu');

/** Bytes of a record of the first teacher: 4 of checksum, 3 classes; batches of 4. */
const SAMPLE = 4 + 4 * 3;
const BATCH = 4 + 4 * 3 * 4;

/** One teacher. */
const one = { alone: true, plugins: [task(), pulling(['teacher.logits'])] };

/** Changes a file's bytes. */
const edit = (file: string, change: (bytes: Buffer) => void): void => {
  const bytes = readFileSync(file);
  change(bytes);
  writeFileSync(file, bytes);
};

const turnBit = (at: number) => (bytes: Buffer) => {
  bytes[at] ^= 4;
};

/** The first of a cache's files that hold records in slots 0 and 1. */
const firstFile = (directory: string): string => recordFiles(directory)[0];

const DAMAGES: Record<string, { harm: (file: string, record: number) => void; damaged: number }> = {
  'a bit that turned': { harm: (file) => edit(file, turnBit(9)), damaged: 1 },
  'records in each others place': {
    harm: (file, record) =>
      edit(file, (bytes) => {
        const first = Buffer.from(bytes.subarray(0, record));
        bytes.copyWithin(0, record, 2 * record);
        first.copy(bytes, record);
      }),
    damaged: 2,
  },
  'a record that was torn': {
    harm: (file, record) => edit(file, (bytes) => bytes.fill(0, 6, record)),
    damaged: 1,
  },
  'a file that was cut within a record': {
    harm: (file, record) => truncateSync(file, record + 9),
    damaged: 1,
  },
  'a file that was cut between records': { harm: (file, record) => truncateSync(file, record), damaged: 0 },
  'a file that is gone': { harm: (file) => rmSync(file), damaged: 0 },
  'statistics that are no JSON': {
    harm: (file) => writeFileSync(join(file, '..', 'stats.json'), '{"placeFree'),
    damaged: 0,
  },
};

for (const [way, given] of Object.entries({
  samples: { settings: { batch: 4, epochs: 2, dropLast: true }, record: SAMPLE },
  batches: { augment: [brighten], settings: { batch: 4, epochs: 2 }, record: BATCH },
})) {
  for (const [what, { harm, damaged }] of Object.entries(DAMAGES)) {
    test.serial(`what is damaged is computed and written again: ${what}, by ${way}`, async (t) => {
      const { record, ...options } = given;
      const directory = emptyFolder();
      const run: CachedRun = { ...one, ...options, directory };
      const { files } = await trained(run);
      harm(firstFile(directory), record);
      const mending = await trained(run);
      t.deepEqual(mending.files, files);
      t.is(mending.damaged, damaged);
      const warnings = mending.warnings.map((warning) => warning.split(' ')[0]);
      t.deepEqual(warnings, damaged > 0 ? ['KDX_CACHE_DAMAGED'] : []);
      const mended = await trained(run);
      t.deepEqual(mended.files, files);
      t.is(mended.damaged, 0);
      if (what !== 'a file that is gone' && !what.includes('cut')) t.is(mended.misses, 0);
    });
  }
}

test.serial('a folder whose key is another is not used, and says so', async (t) => {
  const directory = emptyFolder();
  const { files } = await trained({ ...one, directory });
  const [folder] = readdirSync(directory);
  edit(join(directory, folder, 'key.json'), turnBit(10));
  const { warnings, hits, files: again } = await trained({ ...one, directory });
  t.is(hits, 0);
  t.deepEqual(again, files);
  t.is(warnings.length, 1);
  t.regex(
    warnings[0],
    /^KDX_CACHE_OFF .*key\.json is not the key that its folder is named after; remove .* again\.$/,
  );
  t.notRegex(warnings[0], /\.\.$/);
});

test.serial('a folder that cannot be made is an error before anything is built', async (t) => {
  const file = join(emptyFolder(), 'file');
  writeFileSync(file, '');
  for (const directory of [join(file, 'cache'), file, '/proc/none/cache']) {
    const error = await t.throwsAsync(tinyRun({ teacherCache: { directory } }));
    t.is(code(error), 'KDX_CACHE_DIRECTORY');
    t.true(error.message.includes(directory) && error.message.includes('--teacher-cache'), error.message);
  }
});

/** Puts something in the way of the first epoch's file. */
async function withObstacle(obstacle: (file: string) => void) {
  const directory = emptyFolder();
  const given: CachedRun = { ...one, augment: [brighten], directory };
  const { files } = await trained(given);
  const [file] = recordFiles(directory);
  for (const other of recordFiles(directory)) rmSync(other);
  obstacle(file);
  return { files, blocked: await trained(given), directory };
}

for (const [what, obstacle, pattern] of [
  ['a full disk', (file: string) => symlinkSync('/dev/full', file), /ENOSPC/],
  ['a file that may not be read', (file: string) => mkdirSync(file), /EISDIR/],
  ['a folder that is gone', (file: string) => symlinkSync(join(file, '..', 'gone', 'file'), file), /ENOENT/],
] as const) {
  test.serial(`${what} turns the cache off, once, and the run goes on`, async (t) => {
    const { files, blocked, directory } = await withObstacle(obstacle);
    t.deepEqual(blocked.files, files);
    t.is(blocked.warnings.length, 1);
    t.regex(blocked.warnings[0], /^KDX_CACHE_OFF The teacher cache is off for the rest of this run: /);
    t.regex(blocked.warnings[0], pattern);
    t.regex(blocked.warnings[0], /epoch-0001\.bin cannot be (read|written): .*[^.]\.$/, 'which file');
    t.is(recordFiles(directory).length, 1, 'it is not tried again');
    t.deepEqual(openBelow(directory), []);
  });
}

test.serial('a file system that takes no folder turns it off', async (t) => {
  // Its folders are there, and refuse new ones.
  const { warnings, files } = await trained({ ...one, directory: '/proc/self/net' });
  t.is(warnings.length, 1, warnings.join('\n'));
  t.regex(warnings[0], /^KDX_CACHE_OFF /);
  t.deepEqual(files, (await trained(one)).files);
});

test.serial(
  'events of a run that was killed and gone on with add up to those of one that was not',
  async (t) => {
    const summed = (directory: string) => {
      const lines = readFileSync(`${directory}/events.jsonl`, 'utf8').trim().split('\n');
      const { hits, misses } = toldBy(lines.map((line) => JSON.parse(line)));
      return hits + misses;
    };
    for (const given of Object.values(WAYS)) {
      const whole = await trained(given);
      for (const when of [1, 3, 4]) {
        const directory = emptyFolder();
        const folder = begunFolder();
        const settings = { ...given.settings, saveEvery: 1 };
        const killer = plugin('killer', { setup: killing(({ step }) => step === when) });
        const { options, teachers } = cachedRun({ ...given, settings, directory, folder });
        const run = await tinyRun({ ...options, plugins: [...options.plugins, killer] });
        await t.throwsAsync(run.fit(), { message: /power cut/ });
        await run.dispose();
        const idle = plugin('killer');
        const resumed = await tinyRun({
          ...options,
          plugins: [...options.plugins, idle],
          store: RunStore.open(folder),
        });
        const events = recorded(resumed);
        await resumed.fit();
        await resumed.dispose();
        t.deepEqual(toldBy(events).warnings, []);
        t.is(summed(folder), 18, `killed before step ${when}`);
        t.is(
          readFileSync(join(folder, 'student.safetensors')).toString('base64'),
          whole.files['student.safetensors'],
        );
        for (const teacher of teachers) teacher.dispose();
      }
    }
  },
);

/** Runs a training in a process of its own. */
const apart = (directory: string, way: string) =>
  fork(new URL('./train-apart.test.helper.js', import.meta.url), [directory, way], { silent: true });

test.serial(
  'processes that fill a cache at once, one of which is killed, leave one that is whole',
  async (t) => {
    for (const way of ['neither augmentation nor mixing', 'augmentation and mixing']) {
      const directory = emptyFolder();
      const processes = [apart(directory, way), apart(directory, way), apart(directory, way)];
      const [victim, ...others] = processes;
      const ends = others.map(async (child) => {
        const told: unknown[] = [];
        child.on('message', (message) => told.push(message));
        const [exit] = await once(child, 'exit');
        return { exit, told };
      });
      // As soon as there is something to be torn.
      while (victim.exitCode === null && recordFiles(directory).every((file) => statSync(file).size === 0))
        await new Promise((done) => setTimeout(done, 5));
      victim.kill('SIGKILL');
      const given = WAYS[way];
      const plain = await trained(given);
      for (const { exit, told } of await Promise.all(ends)) {
        t.is(exit, 0);
        t.deepEqual(told, [{ files: plain.files, warnings: [] }]);
      }
      const filled = await trained({ ...given, directory });
      t.deepEqual(filled.files, plain.files);
      t.deepEqual([filled.misses, filled.damaged, filled.warnings], [0, 0, []]);
    }
  },
);
