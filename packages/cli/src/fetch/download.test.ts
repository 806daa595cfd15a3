import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Archive } from './catalogue.js';
import { type DownloadOptions, download } from './download.js';
import { sendFile, serving } from './server.test.helper.js';

const BYTES = randomBytes(200_000);
const sha256 = createHash('sha256').update(BYTES).digest('hex');
const md5 = createHash('md5').update(BYTES).digest('hex');

const partFile = (): string => join(mkdtempSync(join(tmpdir(), 'kdx-fetch-')), 'file.bin.part');
const archiveAt = (...urls: string[]): Archive => ({
  name: 'file.bin',
  urls,
  bytes: BYTES.length,
  sha256,
  md5,
});
const quick = { idleMs: 20_000, retries: 2, backOffMs: 5 } as const;

interface Story {
  readonly part: string;
  readonly troubles: string[];
  readonly result: Promise<void>;
}
const begin = (archive: Archive, options: Partial<DownloadOptions> = {}): Story => {
  const troubles: string[] = [];
  const part = options.part ?? partFile();
  const onTrouble = (message: string): void => void troubles.push(message);
  return { part, troubles, result: download({ archive, part, ...quick, onTrouble, ...options }) };
};
const whole = (part: string): boolean => readFileSync(part).equals(BYTES);

test.serial('a file comes whole, and progress is told to the end', async (t) => {
  const { url } = await serving(t, (request, response) => sendFile(request, response, BYTES));
  const seen: [number, number | undefined][] = [];
  const { part, result, troubles } = begin(archiveAt(url), { onProgress: (...at) => seen.push(at) });
  await result;
  t.true(whole(part));
  t.deepEqual(seen.at(-1), [BYTES.length, BYTES.length]);
  t.deepEqual(troubles, []);
});

test.serial('500 is tried again, 404 is not', async (t) => {
  const flaky = await serving(t, (request, response, count) => {
    if (count < 2) response.writeHead(500).end('busy');
    else sendFile(request, response, BYTES);
  });
  const fine = begin(archiveAt(flaky.url));
  await fine.result;
  t.true(whole(fine.part));
  t.is(flaky.requests.length, 3);
  t.regex(fine.troubles[0], /answers 500; trying again/);
  const gone = await serving(t, (_, response) => response.writeHead(404).end());
  await t.throwsAsync(begin(archiveAt(gone.url)).result, {
    code: 'KDX_FETCH_FAILED',
    message: /answers 404/,
  });
  t.is(gone.requests.length, 1);
});

test.serial('a connection that is cut goes on where it ended, as often as it brings something', async (t) => {
  const server = await serving(t, (request, response, count) =>
    sendFile(request, response, BYTES, { etag: '"v1"', cutAfter: count < 5 ? 30_000 : undefined }),
  );
  const { part, result } = begin(archiveAt(server.url), { retries: 1 });
  await result;
  t.true(whole(part));
  t.is(server.requests.length, 6);
  t.is(server.requests[0].range, undefined);
  for (const { range, ifRange } of server.requests.slice(1)) {
    t.regex(range ?? '', /^bytes=[1-9]\d*-$/);
    t.is(ifRange, '"v1"');
  }
});

test.serial('a later call goes on with what an earlier one has begun', async (t) => {
  const server = await serving(t, (request, response, count) =>
    sendFile(request, response, BYTES, { etag: '"v1"', cutAfter: count === 0 ? 70_000 : undefined }),
  );
  const controller = new AbortController();
  const stop = (done: number): void => {
    if (done >= 70_000) controller.abort();
  };
  const first = begin(archiveAt(server.url), { signal: controller.signal, onProgress: stop });
  await t.throwsAsync(first.result, { code: 'KDX_INTERRUPTED' });
  const second = begin(archiveAt(server.url), { part: first.part });
  await second.result;
  t.true(whole(second.part));
  t.truthy(server.requests.at(-1)?.range);
});

test.serial('a server that ignores Range sends all of it, once', async (t) => {
  const { url } = await serving(t, (request, response, count) =>
    sendFile(request, response, BYTES, { ignoresRange: true, cutAfter: count === 0 ? 50_000 : undefined }),
  );
  const { part, result } = begin(archiveAt(url));
  await result;
  t.true(whole(part));
});

test.serial('a file that changed between two tries is begun anew', async (t) => {
  const old = Buffer.concat([randomBytes(60_000), BYTES.subarray(60_000)]);
  const server = await serving(t, (request, response, count) =>
    count === 0
      ? sendFile(request, response, old, { etag: '"old"', cutAfter: 60_000 })
      : sendFile(request, response, BYTES, { etag: '"new"' }),
  );
  const { part, result } = begin(archiveAt(server.url));
  await result;
  t.true(whole(part));
  t.is(server.requests[1].ifRange, '"old"');
});

test.serial(
  'the next address goes on with what one has begun, and a wrong beginning is thrown away',
  async (t) => {
    const bad = await serving(t, (request, response, count) => {
      if (count === 0) sendFile(request, response, randomBytes(BYTES.length), { cutAfter: 40_000 });
      else response.writeHead(404).end();
    });
    const good = await serving(t, (request, response) => sendFile(request, response, BYTES));
    const { part, result, troubles } = begin(archiveAt(bad.url, good.url));
    await result;
    t.true(whole(part));
    t.deepEqual(
      good.requests.map(({ range }) => range),
      ['bytes=40000-', undefined],
    );
    t.regex(troubles.join('\n'), /md5 is [0-9a-f]{32} instead of .*; beginning anew/);
  },
);

test.serial('without a checksum no address goes on with what another has begun', async (t) => {
  const bad = await serving(t, (request, response, count) => {
    if (count === 0) sendFile(request, response, randomBytes(BYTES.length), { cutAfter: 40_000 });
    else response.writeHead(404).end();
  });
  const good = await serving(t, (request, response) => sendFile(request, response, BYTES));
  const { part, result } = begin({ name: 'file.bin', urls: [bad.url, good.url], bytes: BYTES.length });
  await result;
  t.true(whole(part));
  t.deepEqual(
    good.requests.map(({ range }) => range),
    [undefined],
  );
});

test.serial('a length other than the known one is not even fetched', async (t) => {
  const { url } = await serving(t, (_, response) =>
    response.writeHead(200, { 'content-length': 7 }).end('<html/>'),
  );
  const { part, result } = begin(archiveAt(url));
  await t.throwsAsync(result, { code: 'KDX_FETCH_FAILED', message: /has 7 bytes instead of 200000/ });
  t.false(existsSync(part));
});

test.serial('more than was promised is refused', async (t) => {
  // Chunked: no length stands in the head.
  const { url } = await serving(t, (_, response) => {
    response.write(BYTES);
    response.end('and more');
  });
  await t.throwsAsync(begin(archiveAt(url)).result, {
    code: 'KDX_FETCH_FAILED',
    message: /more than the 200000 bytes/,
  });
});

test.serial(
  'wrong bytes are told by their checksum and not kept; a good address after them is taken',
  async (t) => {
    const wrong = await serving(t, (request, response) =>
      sendFile(request, response, randomBytes(BYTES.length)),
    );
    const right = await serving(t, (request, response) => sendFile(request, response, BYTES));
    const alone = begin(archiveAt(wrong.url));
    await t.throwsAsync(alone.result, {
      code: 'KDX_FETCH_CHECKSUM',
      message: new RegExp(`instead of ${md5}`),
    });
    t.false(existsSync(alone.part));
    const both = begin(archiveAt(wrong.url, right.url));
    await both.result;
    t.true(whole(both.part));
  },
);

test.serial('the first digits of a sha256 are enough, and are held to', async (t) => {
  const { url } = await serving(t, (request, response) => sendFile(request, response, BYTES));
  await begin({ name: 'file.bin', urls: [url], 'sha256-prefix': sha256.slice(0, 8) }).result;
  const other = sha256[0] === '0' ? '1'.repeat(8) : '0'.repeat(8);
  await t.throwsAsync(begin({ name: 'file.bin', urls: [url], 'sha256-prefix': other }).result, {
    code: 'KDX_FETCH_CHECKSUM',
  });
});

test.serial('a server that says nothing, or stops in the middle, is given up after a while', async (t) => {
  const silent = await serving(t, () => {});
  const { result } = begin(archiveAt(silent.url), { retries: 0, idleMs: 400 });
  await t.throwsAsync(result, { code: 'KDX_FETCH_FAILED', message: /no byte came for 0\.4 s/ });
  const stalling = await serving(t, (request, response, count) => {
    if (count > 0) sendFile(request, response, BYTES, { etag: '"a"' });
    else {
      response.writeHead(200, { 'content-length': BYTES.length, etag: '"a"' });
      response.write(BYTES.subarray(0, 1000));
    }
  });
  const stalled = begin(archiveAt(stalling.url), { idleMs: 1500 });
  await stalled.result;
  t.true(whole(stalled.part));
  t.is(stalling.requests[1].range, 'bytes=1000-');
});

test.serial('redirects are followed, and not for ever', async (t) => {
  const target = await serving(t, (request, response) => sendFile(request, response, BYTES));
  const hop = await serving(t, (request, response) =>
    response
      .writeHead(302, { location: request.url === '/file.bin' ? '/elsewhere' : target.url })
      .end('this way'),
  );
  const { part, result } = begin(archiveAt(hop.url));
  await result;
  t.true(whole(part));
  t.is(hop.requests.length, 2);
  const circle = await serving(t, (_, response) => response.writeHead(302, { location: '/file.bin' }).end());
  await t.throwsAsync(begin(archiveAt(circle.url)).result, {
    code: 'KDX_FETCH_FAILED',
    message: /redirects in a circle/,
  });
  const endless = await serving(t, (_, response, count) =>
    response.writeHead(302, { location: `/file.bin?${count}` }).end(),
  );
  await t.throwsAsync(begin(archiveAt(endless.url)).result, {
    code: 'KDX_FETCH_FAILED',
    message: /redirects more than 10 times/,
  });
});

test.serial('when all addresses are dead each is told with its reason', async (t) => {
  const gone = await serving(t, (_, response) => response.writeHead(410).end());
  const refused = 'http://127.0.0.1:1/file.bin';
  const { result } = begin(archiveAt(gone.url, refused), { retries: 0 });
  const error = await t.throwsAsync(result, { code: 'KDX_FETCH_FAILED' });
  t.regex(
    error?.message ?? '',
    /file\.bin: the server answers 410; http:\/\/127\.0\.0\.1:1\/file\.bin: .*ECONNREFUSED/,
  );
  t.regex(error?.message ?? '', /nothing came/);
});

test.serial('a part that is longer than the file is begun anew', async (t) => {
  const { url } = await serving(t, (request, response) => sendFile(request, response, BYTES));
  const part = partFile();
  writeFileSync(part, Buffer.concat([BYTES, BYTES]));
  await begin(archiveAt(url), { part }).result;
  t.true(whole(part));
});

test.serial('Ctrl-C keeps what came', async (t) => {
  const controller = new AbortController();
  const { url } = await serving(t, (_, response) => {
    response.writeHead(200, { 'content-length': BYTES.length });
    response.write(BYTES.subarray(0, 5000));
  });
  const { part, result } = begin(archiveAt(url), {
    signal: controller.signal,
    onProgress: (done) => {
      if (done > 0) controller.abort();
    },
  });
  await t.throwsAsync(result, { code: 'KDX_INTERRUPTED', message: /the same command goes on/ });
  t.true(readFileSync(part).equals(BYTES.subarray(0, 5000)));
});

test.serial('what cannot be written is no fault of the address', async (t) => {
  const { url, requests } = await serving(t, (request, response) => sendFile(request, response, BYTES));
  const part = join(partFile(), 'under-a-folder-that-is-not', 'x.part');
  await t.throwsAsync(begin(archiveAt(url), { part }).result, { code: 'KDX_FETCH_WRITE' });
  t.is(requests.length, 1);
});

test.serial(
  'the bytes of a .tar.gz come as they are, whatever the server calls their encoding',
  async (t) => {
    const { url } = await serving(t, (_, response) =>
      response.writeHead(200, { 'content-encoding': 'x-gzip', 'content-length': BYTES.length }).end(BYTES),
    );
    const { part, result } = begin(archiveAt(url));
    await result;
    t.true(whole(part));
  },
);
