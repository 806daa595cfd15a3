import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { archiveAt, BYTES, begin, whole } from './download.test.helper.js';
import { sendFile, serving } from './server.test.helper.js';

const VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'];

test.serial.beforeEach(() => {
  for (const name of VARIABLES) delete process.env[name];
});

/** A proxy that brings whoever asks for anything to one server. */
async function proxyTo(t: ExecutionContext, url: string): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const target = connect(Number(new URL(url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).on('error', () => {});
      socket.pipe(target).on('error', () => {});
    });
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  t.teardown(() => void proxy.close());
  return { port: (proxy.address() as AddressInfo).port, asked };
}

for (const [name, prefix] of [
  ['http_proxy', ''],
  ['HTTP_PROXY', ''],
  ['http_proxy', 'http://'],
  ['http_proxy', 'somebody:secret@'],
]) {
  test.serial(`${name}=${prefix}host:port is gone through`, async (t) => {
    const { url } = await serving(t, (request, response) => sendFile(request, response, BYTES));
    const { port, asked } = await proxyTo(t, url);
    process.env[name] = `${prefix}127.0.0.1:${port}`;
    const { part, result } = begin(archiveAt('http://nowhere.invalid/file.bin'));
    await result;
    t.true(whole(part));
    t.deepEqual(asked, ['nowhere.invalid:80']);
  });
}

test.serial('a variable that holds no proxy is named with its value, and no password', async (t) => {
  for (const [name, value, shown = value] of [
    ['https_proxy', 'ftp://proxy.corp:21'],
    ['HTTPS_PROXY', 'proxy.corp:99999'],
    ['http_proxy', 'http://'],
    ['HTTP_PROXY', 'my proxy'],
    ['http_proxy', 'somebody:secret@proxy:x', '…@proxy:x'],
    ['http_proxy', 'http://somebody:100%@proxy:3128', 'http://…@proxy:3128'],
  ]) {
    process.env[name] = value;
    const error = await t.throwsAsync(begin(archiveAt('http://127.0.0.1:1/file.bin')).result, {
      code: 'KDX_FETCH_PROXY',
    });
    t.true(
      error?.message.startsWith(`${name} is "${shown}", which is no address of a proxy`),
      error?.message,
    );
    delete process.env[name];
  }
});

test.serial('a name alone is a proxy that may not be there, and no fault of kdx', async (t) => {
  process.env.http_proxy = 'nowhere.invalid';
  await t.throwsAsync(begin(archiveAt('http://127.0.0.1:1/file.bin'), { retries: 0 }).result, {
    code: 'KDX_FETCH_FAILED',
  });
});

test.serial('an empty variable is none', async (t) => {
  const { url } = await serving(t, (request, response) => sendFile(request, response, BYTES));
  process.env.http_proxy = ' ';
  const { part, result } = begin(archiveAt(url));
  await result;
  t.true(whole(part));
});
