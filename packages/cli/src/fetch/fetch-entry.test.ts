import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { Header } from 'tar';
import { archiveOf, entryAt, quick, temporary } from './entry.test.helper.js';
import { fetchEntry } from './fetch-entry.js';
import { nextCommands } from './next-command.js';
import { sendFile, serving } from './server.test.helper.js';

/** A tar.gz with one file under any path, which the library itself would not make. */
function hostile(path: string): Buffer {
  const header = new Header({ path, size: 4, type: 'File', mode: 0o644, mtime: new Date(0) });
  const block = Buffer.alloc(512);
  header.encode(block);
  return gzipSync(Buffer.concat([block, Buffer.from('evil'.padEnd(512, '\0')), Buffer.alloc(1024)]));
}

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
  ['has a file for its folder', () => hostile('set'), /has no "train\.bin"/],
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
  await t.throwsAsync(fetchEntry(entry, { directory, ...quick }), {
    code: 'KDX_FETCH_BUSY',
    message: /\(its lock is .*\.part\.lock\); wait for it, stop it, or choose another --dir\.$/,
  });
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

test('a cut --force goes on with the same command', async (t) => {
  const bytes = await archiveOf();
  const server = await serving(t, (request, response, count) =>
    sendFile(request, response, bytes, { etag: '"v1"', cutAfter: count === 1 ? 50 : undefined }),
  );
  const directory = temporary();
  const entry = entryAt(server.url, bytes);
  await fetchEntry(entry, { directory, ...quick });
  const again = { directory, ...quick, force: true };
  await t.throwsAsync(fetchEntry(entry, again), {
    code: 'KDX_FETCH_FAILED',
    message: /the same command goes on/,
  });
  await fetchEntry(entry, again);
  t.is(server.requests[2].range, 'bytes=50-');
});
