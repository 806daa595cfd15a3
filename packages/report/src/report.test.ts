import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type * as Merge from './page/merge.js';
import type { PageData } from './page/page-data.js';
import { pageModule } from './page-module.test.helper.js';
import { writePool } from './pools.test.helper.js';
import { Report } from './report.js';
import {
  append,
  CONFIG,
  eventsOf,
  linesOf,
  lock,
  SUMMARY,
  temporaryFolder,
  writeRun,
} from './runs.test.helper.js';

const { merge } = pageModule<typeof Merge>('merge');

async function reportOn(...directories: string[]): Promise<Report> {
  const report = new Report(directories);
  await report.refresh();
  return report;
}

/** What differs between two pages that is more than the time. */
const timeless = ({ written, ...data }: PageData) => JSON.parse(JSON.stringify(data));

const CONFUSION = {
  split: 'test',
  weights: 'last',
  classNames: Array.from({ length: 100 }, (_, k) => `class ${k}`),
  cells: Array.from({ length: 1000 }, (_, k) => [k % 100, (k * 7) % 100, 1]),
};

test('a run that cannot be looked at says so, and the others are there', async (t) => {
  const root = temporaryFolder(t);
  const odd = writeRun(join(root, 'odd'), { summary: SUMMARY });
  writeRun(join(root, 'plain'), { summary: SUMMARY });
  const link = join(odd, 'confusion.json');
  symlinkSync('confusion.json', link);
  const report = await reportOn(root);
  const [first, second] = report.data().runs;
  t.is(first.state, 'unreadable');
  t.regex(first.notes.join(), /^This run cannot be looked at: ELOOP/);
  t.like(second, { name: 'plain', state: 'finished', notes: [] });
  const { version } = report;
  await report.refresh();
  t.is(report.version, version, 'the same fault is no news');

  rmSync(link);
  await report.refresh();
  t.like(report.data().runs[0], { name: 'odd', state: 'finished', notes: [] });
  t.is(report.data().runs[0].curves.loss.x.length, 6);
  symlinkSync('confusion.json', link);
  await report.refresh();
  const kept = report.data().runs[0];
  t.is(kept.state, 'unreadable');
  t.is(kept.curves.loss.x.length, 6, 'what was seen of it stays');
});

test('a sheet is in a page once, and sent once', async (t) => {
  const root = temporaryFolder(t);
  const pool = await writePool(join(root, 'pool'), Array(40).fill(0.9));
  const other = await writePool(join(root, 'other'), Array(3).fill(0.9));
  const trainedOn = (name: string, on: string): string => {
    const config = { ...CONFIG, config: { ...CONFIG.config, data: `pool:${on}` } };
    return writeRun(join(root, 'runs', name), { config, events: linesOf(eventsOf({ until: 2 })) });
  };
  const runs = ['a', 'b', 'c'].map((name) => trainedOn(name, pool));
  for (const run of runs) writeFileSync(join(run, 'confusion.json'), JSON.stringify(CONFUSION));
  lock(runs[0]);
  const report = await reportOn(join(root, 'runs'));
  const begun = report.data();
  const [[hash, uri]] = Object.entries(begun.sheets);
  t.is(Object.keys(begun.sheets).length, 1);
  t.deepEqual(
    begun.runs.map((run) => run.pool?.sheet),
    [hash, hash, hash],
  );
  t.is(JSON.stringify(begun).split(uri).length, 2);

  const { version } = report;
  const before = linesOf(eventsOf({ until: 2 })).length;
  append(runs[0], linesOf(eventsOf({ until: 3 })).slice(before));
  await report.refresh();
  const update = report.updateSince(version);
  if (!update) return t.fail('no update');
  t.deepEqual(update.sheets, {});
  t.is(update.runs.length, 1);
  t.deepEqual(update.runs[0].same, ['config', 'environment', 'confusion', 'log']);
  t.true(JSON.stringify(update).length < 5000, String(JSON.stringify(update).length));
  t.deepEqual(timeless(merge(begun, update)), timeless(report.data()));

  trainedOn('d', other);
  writeFileSync(join(runs[1], 'confusion.json'), JSON.stringify({ ...CONFUSION, cells: [[1, 2, 3]] }));
  rmSync(runs[2], { recursive: true });
  const seen = merge(begun, update);
  const second = report.version;
  await report.refresh();
  const more = report.updateSince(second);
  if (!more) return t.fail('no update');
  t.is(Object.keys(more.sheets).length, 1);
  t.deepEqual(timeless(merge(seen, more)), timeless(report.data()));
  t.deepEqual(
    timeless(merge({ ...begun, runs: [], sheets: {} }, report.updateSince(0) ?? t.fail('nothing'))),
    timeless(report.data()),
    'who has seen nothing gets all',
  );
  for (const run of [...runs, join(root, 'runs', 'd')]) rmSync(run, { recursive: true, force: true });
  await report.refresh();
  t.deepEqual(merge(seen, report.updateSince(0) ?? t.fail('nothing')).sheets, {}, 'none is kept for nobody');
});

test('a folder that was named and has no run is said, one of several', async (t) => {
  const root = temporaryFolder(t);
  const plain = writeRun(join(root, 'plain'), { summary: SUMMARY });
  const torn = writeRun(join(root, 'torn'));
  rmSync(join(torn, 'config.json'));
  const empty = join(root, 'empty');
  mkdirSync(empty);
  const { notes } = (await reportOn(plain, torn, empty)).data();
  t.is(notes.length, 2);
  t.regex(notes[0], /^No run is in .*torn: its config\.json is missing\.$/);
  t.regex(notes[1], /^No run is in .*empty: neither it nor a folder in it has config\.json/);
  t.deepEqual((await reportOn(root)).data().notes, []);
  const growing = await reportOn(plain, empty);
  const { version } = growing;
  writeRun(join(empty, 'new'));
  await growing.refresh();
  t.deepEqual(growing.updateSince(version)?.notes, []);
});
