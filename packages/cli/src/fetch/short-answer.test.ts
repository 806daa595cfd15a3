import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { archiveAt, BYTES, begin, partFile, whole } from './download.test.helper.js';
import { sendFile, serving } from './server.test.helper.js';

// Answers without Content-Length that end as they should and are not the file.

/** In chunks: no length stands in the head. */
const chunked = (response: ServerResponse, body: string | Buffer, type?: string): void => {
  response.writeHead(200, type === undefined ? {} : { 'content-type': type });
  response.write(body);
  response.end();
};

for (const [what, body, type] of [
  ['a page', '<html>login</html>'],
  ['a page that says so', '<html>login</html>', 'text/html; charset=utf-8'],
  ['half of the file', BYTES.subarray(0, 100_000)],
  ['something compressed', gzipSync(Buffer.alloc(BYTES.length))],
] as const) {
  test.serial(
    `${what} in place of the file is given up after some tries, for the next address`,
    async (t) => {
      const portal = await serving(t, (_, response) => chunked(response, body, type));
      const good = await serving(t, (request, response) => sendFile(request, response, BYTES));
      const { part, result } = begin(archiveAt(portal.url, good.url));
      await result;
      t.true(whole(part));
      t.is(portal.requests.length, 3);
    },
  );
}

test.serial('pages that grow with each answer are no progress', async (t) => {
  const { url, requests } = await serving(t, (_, response, count) =>
    chunked(response, 'x'.repeat(count + 1)),
  );
  await t.throwsAsync(begin(archiveAt(url)).result, {
    code: 'KDX_FETCH_FAILED',
    message: /ended after 3 of 200000 bytes/,
  });
  t.is(requests.length, 3);
});

test.serial('the page of a login takes nothing of what has come', async (t) => {
  const { url, requests } = await serving(t, (request, response, count) => {
    if (count === 0) chunked(response, '<html>login</html>', 'text/html');
    else sendFile(request, response, BYTES);
  });
  const part = partFile();
  writeFileSync(part, BYTES.subarray(0, 150_000));
  const { result, troubles } = begin(archiveAt(url), { part });
  await result;
  t.true(whole(part));
  t.is(requests[1].range, 'bytes=150000-');
  t.regex(troubles[0], /a web page came; does your network want a login\?; trying again/);
});
