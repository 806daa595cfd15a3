import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { BACKEND_FLAGS } from '../support/backend.js';
import { kdx, kdxOk, temporaryFolder } from '../support/cli.js';
import { collect } from '../support/collect.js';
import { tinyCifar10 } from '../support/tiny-cifar.js';

// "kdx data fetch" as a person types it, against a server of the test's own.

interface Site {
  readonly cwd: string;
  readonly catalogue: string;
  readonly requests: string[];
}

/** A tiny CIFAR-10 as a tar.gz, a server that has it after one bad answer, and a catalogue that names it. */
async function site(t: ExecutionContext): Promise<Site> {
  const cwd = temporaryFolder(t);
  const source = join(cwd, 'source');
  const folder = tinyCifar10(join(source, 'cifar-10-batches-bin'));
  const { code } = await collect('tar', ['-czf', 'cifar.tar.gz', 'cifar-10-batches-bin'], { cwd: source });
  t.is(code, 0);
  const bytes = readFileSync(join(source, 'cifar.tar.gz'));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (requests.length === 1) response.writeHead(503).end();
    else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const catalogue = join(cwd, 'downloads.yaml');
  const entry = {
    title: 'tiny',
    source: 'https://example.org',
    licence: 'none',
    archive: {
      name: 'cifar.tar.gz',
      urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/cifar.tar.gz`],
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
    unpack: {
      folder: 'cifar-10-batches-bin',
      files: Object.fromEntries(readdirSync(folder).map((file) => [file, 'any'])),
    },
    next: 'kdx run --student cifar_resnet20 --data {data} --epochs 30',
  };
  // JSON is YAML too.
  writeFileSync(catalogue, JSON.stringify({ entries: { cifar10: entry } }));
  return { cwd, catalogue, requests };
}

test('a set is fetched, found again, and read by its bare name', async (t) => {
  const { cwd, catalogue, requests } = await site(t);
  const fetch = ['data', 'fetch', 'cifar10', '--catalogue', catalogue];
  const offline = await kdx([...fetch, '--offline'], { cwd });
  t.is(offline.code, 2);
  t.regex(offline.stderr, /^KDX_FETCH_OFFLINE .*never fetched/);
  const before = await kdx(['eval', '--model', 'cifar_resnet8', '--data', 'cifar10', ...BACKEND_FLAGS], {
    cwd,
  });
  t.is(before.code, 2);
  t.regex(before.stderr, /^KDX_DATA_MISSING .*kdx data fetch cifar10/);
  t.is(requests.length, 0);

  const { stdout, stderr } = await kdxOk(fetch, { cwd });
  t.regex(stderr, /answers 503; trying again/);
  t.regex(stdout, /✓ Fetched: data\/cifar-10-batches-bin\n {2}verified by size, sha256/);
  t.regex(stdout, /Next:\n {2}kdx run --student cifar_resnet20 --data cifar10 --epochs 30\n$/);
  t.is(requests.length, 2);

  const again = await kdxOk([...fetch, '--json'], { cwd, env: { KDX_OFFLINE: '1' } });
  t.like(JSON.parse(again.stdout), { name: 'cifar10', state: 'there', path: 'data/cifar-10-batches-bin' });
  t.is(requests.length, 2);

  const scored = await kdxOk(
    ['eval', '--model', 'cifar_resnet8', '--data', 'cifar10', '--json', ...BACKEND_FLAGS],
    { cwd },
  );
  t.like(JSON.parse(scored.stdout), { data: 'cifar10' });
});

test('KDX_DATA and --dir say where it goes, and the next command says so too', async (t) => {
  const { cwd, catalogue } = await site(t);
  const fetch = ['data', 'fetch', 'cifar10', '--catalogue', catalogue];
  const shared = await kdxOk(fetch, { cwd, env: { KDX_DATA: join(cwd, 'shared') } });
  t.regex(shared.stdout, /--data cifar10 --epochs/);
  const dir = await kdxOk([...fetch, '--dir', 'else where'], { cwd });
  t.regex(dir.stdout, /--data 'cifar10:else where' --epochs/);
  t.deepEqual(readdirSync(cwd).sort(), ['downloads.yaml', 'else where', 'shared', 'source']);
});

test('KDX_OFFLINE keeps from the network unless it says no', async (t) => {
  const { cwd, catalogue, requests } = await site(t);
  const fetch = ['data', 'fetch', 'cifar10', '--catalogue', catalogue];
  for (const KDX_OFFLINE of ['on', 'yes please']) {
    const { code, stderr } = await kdx(fetch, { cwd, env: { KDX_OFFLINE } });
    t.is(code, 2, stderr);
    t.regex(stderr, /^KDX_FETCH_OFFLINE /);
  }
  t.is(requests.length, 0);
  await kdxOk(fetch, { cwd, env: { KDX_OFFLINE: '0' } });
  t.is(requests.length, 2);
});

test('a proxy that is none is wrong usage, and the command that mends damage can be typed', async (t) => {
  const { cwd, catalogue } = await site(t);
  const fetch = ['data', 'fetch', 'cifar10', '--catalogue', catalogue, '--dir', 'else where'];
  const proxy = await kdx(fetch, { cwd, env: { http_proxy: 'ftp://proxy' } });
  t.is(proxy.code, 2, proxy.stderr);
  t.regex(proxy.stderr, /^KDX_FETCH_PROXY http_proxy is "ftp:\/\/proxy"/);
  await kdxOk(fetch, { cwd });
  writeFileSync(join(cwd, 'else where', 'cifar-10-batches-bin', 'test_batch.bin'), 'x');
  const { code, stderr } = await kdx(fetch, { cwd });
  t.is(code, 3, stderr);
  const mend = `kdx data fetch cifar10 --dir 'else where' --catalogue ${catalogue} --force`;
  t.true(stderr.includes(`fetch it again with "${mend}"`), stderr);
  await kdxOk([...fetch, '--force'], { cwd });
});

test('a disk that takes no more is told, and what came stays', async (t) => {
  const { cwd, catalogue } = await site(t);
  // 512-byte blocks: less than the archive has.
  const { code, stderr } = await kdx(['data', 'fetch', 'cifar10', '--catalogue', catalogue], {
    cwd,
    shell: 'ulimit -f 1',
    env: { KDX_DATA: 'data' },
  });
  t.is(code, 3);
  t.regex(stderr, /KDX_FETCH_WRITE .*choose another --dir/);
});

test('names are suggested, and without one there is a list', async (t) => {
  const cwd = temporaryFolder(t);
  mkdirSync(join(cwd, 'data', 'cifar-100-binary'), { recursive: true });
  const { code, stderr } = await kdx(['data', 'fetch', 'cifar-100'], { cwd });
  t.is(code, 2);
  t.regex(stderr, /^KDX_FETCH_UNKNOWN .*Did you mean "cifar100"\?/);
  t.regex(
    (await kdxOk(['data', 'fetch'], { cwd })).stdout,
    /cifar100 +│ 169 MB │ yes .*teacher:cifar_resnet56 /s,
  );
  const rows = JSON.parse((await kdxOk(['data', 'fetch', '--json'], { cwd })).stdout) as {
    name: string;
    there: boolean;
  }[];
  t.deepEqual(
    rows.filter(({ there }) => there).map(({ name }) => name),
    ['cifar100'],
  );
});
