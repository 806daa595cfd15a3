import { mkdirSync, rmSync } from 'node:fs';
import { get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, platform } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { PageUpdate } from './page/page-data.js';
import { Report } from './report.js';
import { append, eventsOf, linesOf, lock, SUMMARY, temporaryFolder, writeRun } from './runs.test.helper.js';
import { serveReport, type UiServer } from './ui-server.js';

async function served(t: ExecutionContext, root: string, problems: string[] = []): Promise<UiServer> {
  const report = new Report([root]);
  await report.refresh();
  const server = await serveReport(report, {
    port: 0,
    interval: 20,
    onProblem: (text) => problems.push(text),
  });
  t.teardown(() => server.close());
  return server;
}

interface Asked {
  readonly path?: string;
  readonly host?: string;
  readonly method?: string;
}

const ask = (
  url: string,
  { path = '/', host, method = 'GET' }: Asked = {},
): Promise<{ status?: number; text: string }> =>
  new Promise((resolve, reject) => {
    // fetch() would tidy the path, which is what must not be relied on.
    const headers = host === undefined ? {} : { host };
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    // An answer that never ends is none.
    sent.setTimeout(5000, () => sent.destroy(new Error(`${method} ${path} is not answered`)));
    sent.on('error', reject).end();
  });

/** Server-sent events as they come. */
async function* updates(url: string, since?: string): AsyncGenerator<PageUpdate> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = since === undefined ? {} : { 'last-event-id': since };
    get(`${url}events`, { headers }, resolve).on('error', reject);
  });
  let text = '';
  for await (const part of response.setEncoding('utf8')) {
    text += part;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, data] = /^data: (.*)$/m.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (data !== undefined) yield JSON.parse(data) as PageUpdate;
    }
  }
}

test('no address but that of the loopback is listened on', async (t) => {
  const { url } = await served(t, temporaryFolder(t));
  const { hostname, port } = new URL(url);
  t.is(hostname, '127.0.0.1');
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address, scopeid }) => ({ host: scopeid ? `${address}%${scopeid}` : address }))
    .filter(({ host }) => host !== '127.0.0.1');
  for (const { host } of [...others, ...(platform() === 'linux' ? [{ host: '127.0.0.2' }] : [])]) {
    const socket = connect({ host, port: Number(port) });
    const heard = await new Promise((resolve) => {
      socket.once('connect', () => resolve('connected')).once('error', () => resolve('refused'));
    });
    socket.destroy();
    t.is(heard, 'refused', host);
  }
});

test('only this machine under its own names is answered, and only the page is there', async (t) => {
  const root = temporaryFolder(t);
  writeRun(join(root, 'one'), { summary: SUMMARY });
  const { url } = await served(t, root);
  t.regex(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const status = async (asked: Asked): Promise<number | undefined> => (await ask(url, asked)).status;
  t.is(await status({}), 200);
  t.is(await status({ host: 'localhost:8000' }), 200, 'the near end of a tunnel has another port');
  for (const host of [
    'evil.example',
    '127.0.0.1.evil.example:80',
    'localhost.evil.example',
    '[::2]',
    '127.0.0.2',
  ])
    t.is(await status({ host }), 421, host);
  for (const path of [
    '/../../../etc/passwd',
    '/one/config.json',
    '/%2e%2e/config.json',
    '/..%2fetc%2fpasswd',
    '//etc/passwd',
    '/index.html',
  ])
    t.is(await status({ path }), 404, path);
  t.is(await status({ method: 'POST' }), 405);
  for (const path of ['/', '/events'])
    t.deepEqual(await ask(url, { method: 'HEAD', path }), { status: 200, text: '' }, path);
});

test('a page hears what is new: steps, the end, other runs', async (t) => {
  const root = temporaryFolder(t);
  const one = writeRun(join(root, 'one'), { events: linesOf(eventsOf({ until: 2 })) });
  lock(one);
  const { url } = await served(t, root);
  const heard = updates(url);
  const next = async (): Promise<PageUpdate> => (await heard.next()).value as PageUpdate;
  t.is((await next()).runs[0].step, 2);
  append(one, linesOf(eventsOf({ until: 4 })).slice(linesOf(eventsOf({ until: 2 })).length));
  const grown = await next();
  t.deepEqual([grown.runs.length, grown.runs[0].step, grown.runs[0].state], [1, 4, 'running']);
  const two = writeRun(join(root, 'two'), { summary: SUMMARY });
  const more = await next();
  t.deepEqual(more.order, [one, two]);
  t.true(more.runs.some(({ name, state }) => name === 'two' && state === 'finished'));
  rmSync(two, { recursive: true });
  t.deepEqual((await next()).order, [one]);
  await heard.return(undefined);
});

test('who comes back hears what they missed, and all of it from another server', async (t) => {
  const root = temporaryFolder(t);
  writeRun(join(root, 'one'), { summary: SUMMARY });
  const { url } = await served(t, root);
  for (const since of ['5', 'x', String(Number.MAX_SAFE_INTEGER)]) {
    const heard = updates(url, since);
    t.is(((await heard.next()).value as PageUpdate).runs.length, 1, since);
    await heard.return(undefined);
  }
});

test('a folder that goes away is told once, and the page stays', async (t) => {
  const root = join(temporaryFolder(t), 'runs');
  writeRun(join(root, 'one'), { summary: SUMMARY });
  const problems: string[] = [];
  const { url } = await served(t, root, problems);
  rmSync(root, { recursive: true });
  t.is((await ask(url)).status, 200);
  t.is((await ask(url)).status, 200);
  t.is(problems.length, 1);
  t.regex(problems[0], /is no folder/);
  mkdirSync(root);
  t.is((await ask(url)).status, 200);
});

test('a port that is taken is refused with the way out', async (t) => {
  const { url } = await served(t, temporaryFolder(t));
  const port = Number(new URL(url).port);
  await t.throwsAsync(serveReport(new Report([]), { port }), {
    code: 'KDX_UI_PORT',
    message: /is taken; give another --port/,
  });
});
