import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { c, Header } from 'tar';
import type { CatalogueEntry } from './catalogue.js';
import { fetchEntry } from './fetch-entry.js';
import { nextCommands } from './next-command.js';
import { sendFile, serving } from './server.test.helper.js';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'kdx-fetch-'));

/** A tar.gz of `set/`, with whatever `make` adds to it. */
async function archiveOf(make: (folder: string) => void = () => {}): Promise<Buffer> {
  const root = temporary();
  mkdirSync(join(root, 'set'));
  writeFileSync(join(root, 'set', 'train.bin'), 'train');
  writeFileSync(join(root, 'set', 'names.txt'), 'cat');
  make(join(root, 'set'));
  const file = join(root, 'set.tar.gz');
  await c({ gzip: true, file, cwd: root }, ['set']);
  return readFileSync(file);
}

/** A tar.gz with one file under any path, which the library itself would not make. */
function hostile(path: string): Buffer {
  const header = new Header({ path, size: 4, type: 'File', mode: 0o644, mtime: new Date(0) });
  const block = Buffer.alloc(512);
  header.encode(block);
  return gzipSync(Buffer.concat([block, Buffer.from('evil'.padEnd(512, '\0')), Buffer.alloc(1024)]));
}

const entryAt = (url: string, bytes: Buffer, more: Partial<CatalogueEntry> = {}): CatalogueEntry => ({
  name: 'set',
  title: 'a set',
  source: 'nowhere',
  licence: 'none',
  archive: {
    name: 'set.tar.gz',
    urls: [url],
    bytes: bytes.length,
    md5: createHash('md5').update(bytes).digest('hex'),
  },
  unpack: { folder: 'set', files: { 'train.bin': 5, 'names.txt': 'any' } },
  ...more,
});
const quick = { idleMs: 2000, retries: 0, backOffMs: 5 } as const;

test('a set is fetched, verified and unpacked, and nothing else is left', async (t) => {
  const bytes = await archiveOf();
  const server = await serving(t, (request, response) => sendFile(request, response, bytes));
  const directory = join(temporary(), 'new', 'data');
  const entry = entryAt(server.url, bytes);
  t.like(await fetchEntry(entry, { directory, ...quick }), {
    state: 'fetched',
    path: join(directory, 'set'),
    verified: 'size, md5',
  });
  t.is(readFileSync(join(directory, 'set', 'train.bin'), 'utf8'), 'train');
  t.deepEqual(readdirSync(directory), ['set']);
  const again = await fetchEntry(entry, { directory, ...quick });
  t.like(again, { state: 'there', verified: 'sizes and sha256 of its files as they were unpacked' });
  t.is(server.requests.length, 1);
  await fetchEntry(entry, { directory, ...quick, force: true });
  t.is(server.requests.length, 2);
  t.deepEqual(readdirSync(directory), ['set']);
});

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

test('offline says what is missing and asks no one', async (t) => {
  const bytes = await archiveOf();
  const server = await serving(t, (request, response) => sendFile(request, response, bytes));
  const directory = temporary();
  const error = await t.throwsAsync(
    fetchEntry(entryAt(server.url, bytes), { directory, ...quick, offline: true }),
    {
      code: 'KDX_FETCH_OFFLINE',
    },
  );
  t.regex(error?.message ?? '', /set is missing and kdx is offline: it was never fetched/);
  t.is(server.requests.length, 0);
  writeFileSync(join(directory, 'set.tar.gz.part'), 'abc');
  await t.throwsAsync(fetchEntry(entryAt(server.url, bytes), { directory, ...quick, offline: true }), {
    message: /only 3 B of .* came so far/,
  });
});

for (const [what, make, why] of [
  ['leads out of its folder', () => hostile('set/../../evil.txt'), /\.\./],
  ['has an absolute path', () => hostile('/evil.txt'), /absolute|\//],
  [
    'has a link',
    () => archiveOf((folder) => symlinkSync('/etc/passwd', join(folder, 'link'))),
    /"set\/link" in it is a link/,
  ],
  ['is cut off', async () => (await archiveOf()).subarray(0, 100), /./],
  ['is no archive', () => Buffer.from('<html>not found</html>'), /./],
  ['lacks a file', () => hostile('set/other.bin'), /has no "train\.bin"/],
] as const) {
  test(`an archive that ${what} is refused and leaves nothing behind`, async (t) => {
    const bytes = await make();
    const { url } = await serving(t, (request, response) => sendFile(request, response, bytes));
    const root = temporary();
    const directory = join(root, 'data');
    await t.throwsAsync(fetchEntry(entryAt(url, bytes), { directory, ...quick }), {
      code: 'KDX_FETCH_ARCHIVE',
      message: why,
    });
    t.deepEqual(readdirSync(root, { recursive: true }), ['data']);
    t.false(existsSync('/evil.txt'));
  });
}

test('a failed --force leaves what was there', async (t) => {
  const bytes = await archiveOf();
  const { url } = await serving(t, (request, response, count) => {
    if (count === 0) sendFile(request, response, bytes);
    else response.writeHead(404).end();
  });
  const directory = temporary();
  await fetchEntry(entryAt(url, bytes), { directory, ...quick });
  await t.throwsAsync(fetchEntry(entryAt(url, bytes), { directory, ...quick, force: true }), {
    code: 'KDX_FETCH_FAILED',
  });
  t.is(readFileSync(join(directory, 'set', 'train.bin'), 'utf8'), 'train');
});

test('two at once do not write one file', async (t) => {
  const bytes = await archiveOf();
  const { url } = await serving(t, (request, response) =>
    setTimeout(() => sendFile(request, response, bytes), 200),
  );
  const directory = temporary();
  const entry = entryAt(url, bytes);
  const first = fetchEntry(entry, { directory, ...quick });
  await t.throwsAsync(fetchEntry(entry, { directory, ...quick }), { code: 'KDX_FETCH_BUSY' });
  await first;
});

test('a teacher is kept as it came, and what to type next makes safetensors of it first', async (t) => {
  const bytes = Buffer.from('PK a state dict');
  const { url } = await serving(t, (request, response) => sendFile(request, response, bytes));
  const directory = temporary();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const entry = entryAt(url, bytes, {
    archive: { name: 'r.pt', urls: [url], 'sha256-prefix': sha256.slice(0, 8) },
    unpack: undefined,
    weights: { model: 'cifar_resnet8', file: 'r.safetensors', data: 'cifar100', mean: [0.5], std: [0.25] },
  });
  const { path, verified } = await fetchEntry(entry, { directory, ...quick });
  t.is(path, join(directory, 'teachers', 'r.pt'));
  t.is(verified, 'the first 8 digits of its sha256');
  t.deepEqual(readdirSync(join(directory, 'teachers')), ['r.pt']);
  const [convert, use] = nextCommands(entry, directory);
  t.regex(convert, /^python3 -c ".*weights_only=True.*'kdx\.mean': '\[0\.5\]'.*"$/);
  t.is(
    use,
    `kdx eval --model cifar_resnet8@${join(directory, 'teachers', 'r.safetensors')} --data cifar100:${directory}`,
  );
  writeFileSync(join(directory, 'teachers', 'r.safetensors'), '');
  t.deepEqual(nextCommands(entry, directory), [use]);
});
