import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { archiveAt, BYTES, begin, partFile, whole } from './download.test.helper.js';
import { sendFile, serving } from './server.test.helper.js';

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

test.serial('a part that is longer than the file is begun anew', async (t) => {
  const { url } = await serving(t, (request, response) => sendFile(request, response, BYTES));
  const part = partFile();
  writeFileSync(part, Buffer.concat([BYTES, BYTES]));
  await begin(archiveAt(url), { part }).result;
  t.true(whole(part));
});

test.serial('a mix of two states of a file is begun anew, and not laid to the server', async (t) => {
  const old = randomBytes(BYTES.length);
  // Range is honoured, and nothing tells that the file has changed.
  const { url, requests } = await serving(t, (request, response, count) =>
    sendFile(request, response, count === 0 ? old : BYTES, { cutAfter: count === 0 ? 40_000 : undefined }),
  );
  const { part, result, troubles } = begin(archiveAt(url));
  await result;
  t.true(whole(part));
  t.deepEqual(
    requests.map(({ range }) => range),
    [undefined, 'bytes=40000-', undefined],
  );
  t.regex(troubles.join('\n'), /beginning anew/);
});

test.serial('a file that is wrong in every mix is begun anew a few times only', async (t) => {
  const { url, requests } = await serving(t, (request, response, count) =>
    sendFile(request, response, randomBytes(BYTES.length), { cutAfter: count % 2 ? undefined : 40_000 }),
  );
  await t.throwsAsync(begin(archiveAt(url)).result, { code: 'KDX_FETCH_CHECKSUM' });
  t.is(requests.length, 6);
});

test.serial('a server that ignores If-Range is found out by the ETag of its answer', async (t) => {
  const old = randomBytes(BYTES.length);
  const { url, requests } = await serving(t, (request, response, count) => {
    if (count === 0) sendFile(request, response, old, { etag: '"old"', cutAfter: 40_000 });
    else {
      delete request.headers['if-range'];
      sendFile(request, response, BYTES, { etag: '"new"' });
    }
  });
  // No checksum would tell.
  const { part, result, troubles } = begin({ name: 'file.bin', urls: [url], bytes: BYTES.length });
  await result;
  t.true(whole(part));
  t.is(requests.length, 3);
  t.regex(troubles[1], /has changed since the last try; trying again/);
});

test.serial('another part than was asked for is not taken', async (t) => {
  const { url } = await serving(t, (request, response, count) => {
    if (count !== 1) {
      sendFile(request, response, BYTES, { etag: '"v1"', cutAfter: count === 0 ? 40_000 : undefined });
      return;
    }
    // As long as the rest would be.
    response.writeHead(206, { 'content-range': `bytes 0-159999/${BYTES.length}`, 'content-length': 160_000 });
    response.end(BYTES.subarray(0, 160_000));
  });
  const { part, result, troubles } = begin({ name: 'file.bin', urls: [url], bytes: BYTES.length });
  await result;
  t.true(whole(part));
  t.regex(troubles[1], /another part than was asked for; trying again/);
});

test.serial('a server that sends the same beginning again and again is left', async (t) => {
  const { url, requests } = await serving(t, (request, response) =>
    sendFile(request, response, BYTES, { ignoresRange: true, cutAfter: 50_000 }),
  );
  await t.throwsAsync(begin(archiveAt(url)).result, { code: 'KDX_FETCH_FAILED' });
  // The first brought something; then three tries brought no more.
  t.is(requests.length, 4);
});

test.serial('between tries that bring something there is a pause', async (t) => {
  const times: number[] = [];
  const { url } = await serving(t, (request, response, count) => {
    times.push(performance.now());
    sendFile(request, response, BYTES, { etag: '"v1"', cutAfter: count < 2 ? 30_000 : undefined });
  });
  const { part, result } = begin(archiveAt(url), { backOffMs: 300 });
  await result;
  t.true(whole(part));
  t.is(times.length, 3);
  t.true(times.slice(1).every((time, each) => time - times[each] >= 300));
});
