import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Confusion } from '@kdx/task-classification';
import ava, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { BACKEND_FLAGS } from '../support/backend.js';
import { browserTest, hasChromium, launch } from '../support/chromium.js';
import { fixture, kdx, kdxOk } from '../support/cli.js';
import { drawnPixels, linePoints, openPage, overlaps, screenshot } from '../support/page.js';
import { readEvents, readJson, readSummary } from '../support/run-folder.js';
import { saveNetworks } from '../support/tiny-networks.js';
import { STUDENT } from '../support/tiny-run.js';

// The page of runs, in a real browser.

const test = browserTest(ava);
const KDX = fileURLToPath(new URL('../../../packages/cli/bin/kdx.js', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'kdx-page-'));
const runs = join(root, 'runs');
const [plain, pooled, broken] = ['plain', 'pooled', 'broken'].map((name) => join(runs, name));
const REAL = 'shapes?train=24&validation=12&test=24&classes=4';
const teacher = `cifar_resnet8@${join(root, 'teacher.safetensors')}`;
const train = (out: string, student: string, ...more: string[]): string[] =>
  ['run', '--student', student, '--data', REAL, '--batch', '8', '--set', 'logEvery=1', '--out', out].concat(
    BACKEND_FLAGS,
    more,
  );
let browser: Browser | undefined;
/** What the plain run, which is watched, said. */
let watched = '';

ava.before('two runs, one on synthesised images, and what was left of a third', async () => {
  if (!hasChromium) return;
  browser = await launch();
  await saveNetworks([{ named: teacher, seed: 1, classes: 4, side: 32 }]);
  const pool = join(root, 'pool');
  const made = ['--iterations', '1', '--images', '8', '--set', 'imagesPerClass=1', '--out', pool];
  const [{ stdout: said }] = await Promise.all([
    kdxOk(train(plain, STUDENT, '--epochs', '2', '--plugins', 'csv,tensorboard')),
    kdxOk(['synth', '--invert', teacher, ...made, ...BACKEND_FLAGS]),
  ]);
  watched = said;
  const methods = `kd,df-dearkd:${JSON.stringify({ pool, dearkd: false })}`;
  const seen = ['attention', '--model', `looks=${plain}`, '--data', REAL, '--images', '4', '--json'];
  const [, { stdout }] = await Promise.all([
    kdxOk(train(pooled, STUDENT, '--teacher', teacher, '--plugins', methods, '--epochs', '3')),
    kdxOk([...seen, ...BACKEND_FLAGS]),
  ]);
  writeFileSync(join(runs, 'attention.json'), stdout);
  cpSync(plain, broken, { recursive: true });
  rmSync(join(broken, 'summary.json'));
  rmSync(join(broken, 'confusion.json'));
  appendFileSync(join(broken, 'events.jsonl'), 'no event\n{"type":"ste');
});
ava.after.always(async () => {
  await browser?.close();
  rmSync(root, { recursive: true, force: true });
});

const open = (t: ExecutionContext, url: string, view?: Parameters<typeof openPage>[3]) =>
  openPage(t, browser as Browser, url, view);
const cell = (page: Page, run: string, key: string): Promise<string | null> =>
  page.locator(`#runs tr[data-run="${run}"] td[data-key="${key}"]`).textContent();
const top1 = (run: string): number => readSummary(run).test?.last.fused.top1 ?? Number.NaN;

test('the page of a report shows what the files of the runs say', async (t) => {
  const out = join(root, 'page.html');
  const { stdout } = await kdxOk(['report', plain, pooled, broken, '--out', out]);
  t.regex(stdout, /page\.html {2}3 runs, 1\.\d MB\nbroken: events\.jsonl has a damaged line/);
  const { page, faults } = await open(t, pathToFileURL(out).href);

  for (const run of [plain, pooled]) {
    const name = run === plain ? 'plain' : 'pooled';
    t.is(await cell(page, name, 'headline'), `${top1(run).toFixed(2)} %`);
    t.is(await cell(page, name, 'state'), 'finished');
  }
  const difference = top1(pooled) - top1(plain);
  const signed = (points: number): string =>
    points === 0 ? '0.00' : `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(2)}`;
  t.is(await cell(page, 'pooled', 'difference'), signed(difference));
  await page.selectOption('#baseline', { label: 'pooled' });
  t.is(await cell(page, 'plain', 'difference'), signed(-difference));

  const titles = await page.locator('#losses h3').allInnerTexts();
  t.deepEqual(titles, ['total', 'classification/ce', 'kd/logits']);
  const steps = readEvents(plain).filter(({ type }) => type === 'step').length;
  t.deepEqual(Object.values(await linePoints(page, 'learning rate')), [steps, 3, steps]);
  for (const title of ['total', 'classification/ce', 'kd/logits', 'top-1', 'images/s', 'distance in patches'])
    t.true((await page.locator('figure', { hasText: title }).locator('svg path').count()) > 0, title);
  t.is(Object.keys(await linePoints(page, 'total')).length, 3);

  await page.getByRole('button', { name: 'pooled', exact: true }).click();
  t.is(Object.keys(await linePoints(page, 'total')).length, 2);
  await page.getByRole('button', { name: 'steps', exact: true }).click();
  await page.getByRole('button', { name: 'top-5', exact: true }).click();
  t.is(await page.locator('#accuracy h3').textContent(), 'top-5');

  await page.selectOption('#confusion-run', { label: 'plain' });
  t.true((await drawnPixels(page, '#confusion canvas')) > 50_000, 'cells, not only labels');
  const { cells, classNames } = readJson<Confusion>(plain, 'confusion.json');
  const ofClass = (label: number): number =>
    cells.reduce((sum, [each, , images]) => sum + (each === label ? images : 0), 0);
  const worst = Math.max(
    ...cells.map(([label, taken, images]) => (label === taken ? 0 : images / ofClass(label))),
  );
  const [row] = await page.locator('#confused tbody tr').all();
  const [label, taken, images] = await row.locator('td').allInnerTexts();
  const [, , count] =
    cells.find(([a, b]) => classNames[a] === label && classNames[b] === taken) ?? t.fail(label);
  t.is(images, `${count} (${(100 * worst).toFixed(0)} %)`);

  const sheet = page.locator('#images img');
  t.is(await sheet.count(), 1);
  t.true(await sheet.evaluate((image) => (image as HTMLImageElement).naturalWidth > 100));
  const differs = (await page.locator('#config-differences thead').textContent()) ?? '';
  for (const key of ['teacher', 'plugins', 'epochs']) t.true(differs.includes(key), key);
  t.regex((await page.locator('#details').textContent()) ?? '', /a damaged line \(\d+\), left out/);
  t.deepEqual(faults, []);
});

test('who watches a run is no method of it, in the terminal and on the page', async (t) => {
  t.regex(watched, /^methods +none \(plain training\)$/m);
  t.regex(watched, /^observers +csv, tensorboard$/m);
  const out = join(root, 'watched.html');
  await kdxOk(['report', plain, '--out', out]);
  const { page } = await open(t, pathToFileURL(out).href);
  t.regex((await page.locator('#runs tbody small').textContent()) ?? '', /^plain · /);
});

test('it is readable on a phone and in the dark, and nothing lies over anything', async (t) => {
  const out = join(root, 'looks.html');
  await kdxOk(['report', runs, '--out', out]);
  const url = pathToFileURL(out).href;
  const looks: string[] = [];
  for (const [width, dark] of [
    [1280, false],
    [1280, true],
    [390, false],
    [390, true],
  ] as const) {
    const { page, faults } = await open(t, url, { width, dark });
    const name = `report-${width}${dark ? '-dark' : ''}`;
    await screenshot(page, name);
    t.is(
      await page.evaluate(() => document.documentElement.scrollWidth),
      width,
      `${name} is as wide as its screen`,
    );
    for (const selector of ['.legend button', 'figure.card', '#page > section', '.scale span'])
      t.is(await overlaps(page, selector), 0, `${name}: ${selector}`);
    looks.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    await page.getByRole('button', { name: /colours$/ }).click();
    looks.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    t.deepEqual(faults, []);
  }
  t.is(new Set(looks).size, 2);
  t.not(looks[0], looks[2]);
  t.not(looks[0], looks[1], 'the button goes over to the other');
});

test('a page that is served grows while a run goes on, and says when its server ends', async (t) => {
  const live = join(root, 'live');
  mkdirSync(live);
  const { url, server } = await serve(t, live);
  const { page, faults } = await open(t, url);
  await page.getByText('No run is here yet').waitFor();
  const run = join(live, 'now');
  const gate = join(root, 'gate');
  mkdirSync(gate);
  const held = train(run, STUDENT, '--epochs', '4', '--plugins', fixture('wait-for.mjs'));
  const trained = kdxOk(held, { env: { KDX_TEST_GATE: gate } });
  await page.locator('#runs tr[data-run="now"] .state[data-state="running"]').waitFor();
  const drawn = async (): Promise<number> => Object.values(await linePoints(page, 'total'))[0] ?? 0;
  await until(t, drawn, (points) => points === 3);
  t.is(await page.locator('#status').textContent(), 'live');
  writeFileSync(join(gate, '4'), '');
  await until(t, drawn, (points) => points === 6);
  await screenshot(page, 'live');
  writeFileSync(join(gate, '7'), '');
  await trained;
  await page.locator('#runs tr[data-run="now"] .state[data-state="finished"]').waitFor();
  t.is(await cell(page, 'now', 'headline'), `${top1(run).toFixed(2)} %`);
  t.is(await drawn(), readEvents(run).filter(({ type }) => type === 'step').length);
  t.deepEqual(faults, []);

  server.kill('SIGINT');
  t.deepEqual(await once(server, 'exit'), [0, null]);
  await page.locator('#status[data-status="lost"]').waitFor();
});

ava('report and ui refuse what holds no run, and a port that is none', async (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'kdx-empty-'));
  t.teardown(() => rmSync(empty, { recursive: true }));
  const cases: [string[], RegExp][] = [
    [['report', empty], /KDX_RUN_MISSING No run is in/],
    [['report', join(empty, 'no')], /KDX_RUN_MISSING .* is no folder/],
    [['ui', join(empty, 'no')], /KDX_RUN_MISSING .* is no folder/],
    [['ui', empty, '--port', '70000'], /KDX_CONFIG --port takes a whole number from 0 to 65535/],
    [['ui', empty, '--attention', join(empty, 'no.json')], /KDX_CONFIG .*kdx attention … --json/],
  ];
  const check = async ([args, message]: (typeof cases)[number]): Promise<void> => {
    const { code, stderr } = await kdx(args);
    t.is(code, 2, args.join(' '));
    t.regex(stderr, message);
  };
  await Promise.all(cases.map(check));
});

async function serve(t: ExecutionContext, folder: string): Promise<{ url: string; server: ChildProcess }> {
  const server = spawn(process.execPath, [KDX, 'ui', folder, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => void server.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  return { url: (JSON.parse(line) as { url: string }).url, server };
}

/** Asks again and again until what comes is good. */
async function until<T>(t: ExecutionContext, ask: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  const last = Date.now() + 120_000;
  for (;;) {
    const value = await ask();
    if (good(value)) return value;
    if (Date.now() > last) return t.fail(`still ${String(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
