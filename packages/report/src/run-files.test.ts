import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readRunFiles } from './run-files.js';
import { CONFIG, SUMMARY, temporaryFolder, writeRun } from './runs.test.helper.js';

const filesWith = (t: ExecutionContext, given: Parameters<typeof writeRun>[1], confusion?: unknown) => {
  const directory = writeRun(temporaryFolder(t), given);
  if (confusion !== undefined) writeFileSync(join(directory, 'confusion.json'), JSON.stringify(confusion));
  return readRunFiles(directory);
};
const { pinned, environment } = CONFIG;
const CELLS = { split: 'test', weights: 'last', classNames: ['a', 'b'], cells: [[0, 1, 5]] };

test('of a config that is odd in one part the others are kept, and the odd one is named', (t) => {
  const cases: [object, string][] = [
    [{ pinned: { ...pinned, plugins: [1] } }, 'pinned.plugins'],
    [{ pinned: { ...pinned, teachers: 'a' } }, 'pinned.teachers'],
    [{ pinned: { ...pinned, backend: { name: 5 } } }, 'pinned.backend'],
    [{ pinned: [] }, 'pinned'],
    [{ environment: undefined }, 'environment'],
    [{ created: 7 }, 'created'],
    [{ cwd: {} }, 'cwd'],
    [{ config: [] }, 'config'],
  ];
  for (const [odd, part] of cases) {
    const { record, notes } = filesWith(t, { config: { ...CONFIG, ...odd } });
    t.regex(notes.join(), new RegExp(`^config\\.json lacks parts .*: ${part}\\.$`));
    t.is(record.kdx, CONFIG.kdx);
    if (part !== 'environment') t.deepEqual(record.environment, environment);
    if (!part.startsWith('pinned')) t.deepEqual(record.pinned?.plugins, pinned.plugins);
    if (part.startsWith('pinned.')) t.is(record.pinned?.student, pinned.student);
  }
  t.deepEqual(filesWith(t, {}).notes, []);
});

test('of a summary that is odd in one part the others are kept', (t) => {
  for (const [odd, part] of [
    [{ student: { name: 'x' } }, 'student'],
    [{ headRule: 1 }, 'headRule'],
    [{ steps: '6' }, 'steps'],
    [{ validation: [] }, 'validation'],
    [{ test: { last: 3 } }, 'test'],
  ] as const) {
    const { summary, notes } = filesWith(t, { summary: { ...SUMMARY, ...odd } });
    t.is(summary?.[part], undefined, part);
    t.is(summary?.parameters, SUMMARY.parameters);
    t.regex(notes.join(), new RegExp(`^summary\\.json .*: ${part}\\.$`));
  }
  const { summary, notes } = filesWith(t, { summary: { ...SUMMARY, trainLoss: null, test: undefined } });
  t.deepEqual([summary?.trainLoss, summary?.test, notes], [undefined, undefined, []], 'a loss that was NaN');
});

test('a matrix of confusion that cannot be drawn is left out', (t) => {
  const { classNames: names, ...cells } = CELLS;
  t.deepEqual(filesWith(t, {}, CELLS).confusion, { ...cells, names } as never);
  const odd: object[] = [
    { weights: undefined },
    { split: 3 },
    { weights: 5 },
    { classNames: ['a', 2] },
    { cells: [[0, 2, 5]] },
    { cells: [[-1, 0, 5]] },
    { cells: [[0, 0.5, 5]] },
    { cells: [[0, 1, null]] },
    { cells: [5] },
  ];
  for (const change of odd) {
    const { confusion, notes } = filesWith(t, {}, { ...CELLS, ...change });
    t.is(confusion, undefined, JSON.stringify(change));
    t.deepEqual(notes, ['confusion.json is not what kdx writes and left out.']);
  }
});
