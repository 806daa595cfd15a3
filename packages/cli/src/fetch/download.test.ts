import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { archiveAt, BYTES, begin, md5, partFile, sha256, whole } from './download.test.helper.js';
import { sendFile, serving } from './server.test.helper.js';

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
  const { part, result } = begin(archiveAt(url));
  await t.throwsAsync(result, {
    code: 'KDX_FETCH_FAILED',
    message: /more than the 200000 bytes came\); nothing was kept/,
  });
  t.false(existsSync(part));
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
  t.regex(error?.message ?? '', /nothing was kept/);
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
