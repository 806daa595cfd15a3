import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { CatalogueEntry } from './catalogue.js';
import { archiveOf, entryAt, quick, temporary } from './entry.test.helper.js';
import { fetchEntry } from './fetch-entry.js';
import { sendFile, serving } from './server.test.helper.js';
import { RECEIPT } from './unpack.js';

test('what was damaged since is told, also offline, and --force mends it', async (t) => {
  const bytes = await archiveOf();
  const { url } = await serving(t, (request, response) => sendFile(request, response, bytes));
  const directory = temporary();
  const entry = entryAt(url, bytes);
  await fetchEntry(entry, { directory, ...quick });
  writeFileSync(join(directory, 'set', 'train.bin'), 'trail');
  await t.throwsAsync(fetchEntry(entry, { directory, ...quick, offline: true }), {
    code: 'KDX_FETCH_DAMAGED',
    message: /sha256 of "train\.bin" .*--force/,
  });
  appendFileSync(join(directory, 'set', 'train.bin'), 'er');
  await t.throwsAsync(fetchEntry(entry, { directory, ...quick }), {
    code: 'KDX_FETCH_DAMAGED',
    message: /has 7 bytes instead of 5/,
  });
  await fetchEntry(entry, { directory, ...quick, force: true });
  t.is(readFileSync(join(directory, 'set', 'train.bin'), 'utf8'), 'train');
});

test('a folder that was unpacked by hand is taken, by its sizes', async (t) => {
  const directory = temporary();
  mkdirSync(join(directory, 'set'));
  writeFileSync(join(directory, 'set', 'train.bin'), 'train');
  writeFileSync(join(directory, 'set', 'names.txt'), '');
  const fetched = await fetchEntry(entryAt('http://127.0.0.1:1/x', Buffer.alloc(1)), { directory, ...quick });
  t.like(fetched, { state: 'there', verified: 'sizes alone: it was not unpacked by kdx' });
});

/** A set that was fetched whole, and how to fetch it once more. */
async function fetchedSet(t: ExecutionContext) {
  const bytes = await archiveOf();
  const server = await serving(t, (request, response) => sendFile(request, response, bytes));
  const directory = temporary();
  const entry = entryAt(server.url, bytes);
  const fetch = (more = {}) => fetchEntry(entry, { directory, ...quick, ...more });
  await fetch();
  return { folder: join(directory, 'set'), directory, requests: server.requests, fetch };
}

test('the command that mends it has the flags that were given', async (t) => {
  const { folder, directory, fetch } = await fetchedSet(t);
  rmSync(join(folder, 'names.txt'));
  const error = await t.throwsAsync(fetch({ catalogue: 'my own.yaml' }), { code: 'KDX_FETCH_DAMAGED' });
  t.true(
    error?.message.endsWith(
      `it has no "names.txt"; fetch it again with "kdx data fetch set --dir ${directory} --catalogue 'my own.yaml' --force".`,
    ),
    error?.message,
  );
});

for (const [what, text, why] of [
  ['nothing', '{}', /not a record/],
  ['half of it', '{"name": "set", "arch', /not a record/],
  ['no digest', '{"name":"set","archive":"set.tar.gz","files":{"train.bin":null}}', /not a record/],
  ['no files', '{"name":"set","archive":"set.tar.gz","files":{}}', /does not name "train\.bin"/],
] as const) {
  test(`a record of the unpacking with ${what} is damage, and --force mends it`, async (t) => {
    const { folder, fetch } = await fetchedSet(t);
    writeFileSync(join(folder, RECEIPT), text);
    await t.throwsAsync(fetch(), { code: 'KDX_FETCH_DAMAGED', message: why });
    await fetch({ force: true });
    t.like(await fetch(), { verified: 'sizes and sha256 of its files as they were unpacked' });
  });
}

test('a file that the record names and that is gone is damage', async (t) => {
  const { folder, fetch } = await fetchedSet(t);
  const file = join(folder, RECEIPT);
  const receipt = JSON.parse(readFileSync(file, 'utf8')) as { files: Record<string, object> };
  receipt.files['more.bin'] = receipt.files['train.bin'];
  writeFileSync(file, JSON.stringify(receipt));
  await t.throwsAsync(fetch(), { code: 'KDX_FETCH_DAMAGED', message: /ENOENT.*more\.bin/ });
});

test('a record that is a folder is damage', async (t) => {
  const { folder, fetch } = await fetchedSet(t);
  rmSync(join(folder, RECEIPT));
  mkdirSync(join(folder, RECEIPT));
  await t.throwsAsync(fetch(), { code: 'KDX_FETCH_DAMAGED', message: /it is a folder/ });
});

test('a file in place of the folder is told, before anything is fetched, and kept', async (t) => {
  const { folder, requests, fetch } = await fetchedSet(t);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'mine');
  for (const force of [false, true])
    await t.throwsAsync(fetch({ force }), {
      code: 'KDX_FETCH_DAMAGED',
      message: /set is a file where a folder belongs; move it away/,
    });
  t.is(readFileSync(folder, 'utf8'), 'mine');
  t.is(requests.length, 1);
});

const teacher = (archive: Partial<CatalogueEntry['archive']>): CatalogueEntry =>
  entryAt('http://127.0.0.1:1/r.pt', Buffer.alloc(0), {
    archive: { name: 'r.pt', urls: ['http://127.0.0.1:1/r.pt'], ...archive },
    unpack: undefined,
  });

test('a folder in place of a teacher is told before anything is fetched', async (t) => {
  const directory = temporary();
  mkdirSync(join(directory, 'teachers', 'r.pt'), { recursive: true });
  for (const force of [false, true])
    await t.throwsAsync(fetchEntry(teacher({}), { directory, ...quick, force }), {
      code: 'KDX_FETCH_DAMAGED',
      message: /r\.pt is a folder where a file belongs; move it away/,
    });
});

test('a teacher of another size is damage, though no checksum is known', async (t) => {
  const directory = temporary();
  mkdirSync(join(directory, 'teachers'));
  writeFileSync(join(directory, 'teachers', 'r.pt'), 'abc');
  await t.throwsAsync(fetchEntry(teacher({ bytes: 5 }), { directory, ...quick }), {
    code: 'KDX_FETCH_DAMAGED',
    message: /has 3 bytes instead of 5/,
  });
});

test('a folder that cannot be written is told with what fetching has to mend it', async (t) => {
  const directory = temporary();
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const set = entryAt('http://127.0.0.1:1/x', Buffer.alloc(1));
  for (const [entry, dir] of [
    [set, file],
    [teacher({}), file],
  ] as const) {
    const error = await t.throwsAsync(fetchEntry(entry, { directory: dir, ...quick }), {
      code: 'KDX_FETCH_WRITE',
      message: /is a file, not a folder; choose another --dir/,
    });
    t.notRegex(error?.message ?? '', /--out/);
  }
  mkdirSync(join(directory, 'set.tar.gz.part.lock'));
  await t.throwsAsync(fetchEntry(set, { directory, ...quick }), { code: 'KDX_FETCH_WRITE' });
});
