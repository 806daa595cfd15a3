import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RunEvent } from '@kdx/core';
import ava, { type ExecutionContext } from 'ava';
import type { Browser, Locator, Page } from 'playwright-core';
import { browserTest, hasChromium, launch } from '../support/chromium.js';
import { kdxOk } from '../support/cli.js';
import { internal } from '../support/internal.js';
import { linePoints, openPage, overlaps, screenshot } from '../support/page.js';

// The page of runs that are odd: damaged, many, long, with long names.

interface Helper {
  writeRun(directory: string, files?: { config?: unknown; events?: string; summary?: unknown }): string;
  eventsOf(): RunEvent[];
  linesOf(events: readonly RunEvent[]): string;
  heads(top1: number): object;
  SUMMARY: { readonly test: object };
}
const { writeRun, eventsOf, linesOf, heads, SUMMARY } = await internal<Helper>(
  'packages/report/dist/runs.test.helper.js',
);

const test = browserTest(ava);
let browser: Browser | undefined;
ava.before(async () => {
  if (hasChromium) browser = await launch();
});
ava.after.always(() => browser?.close());

function folder(t: ExecutionContext): string {
  const root = mkdtempSync(join(tmpdir(), 'kdx-odd-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  return root;
}

/** The page of the runs in a folder, with its data changed where `change` says so. */
async function reported(root: string, change?: (data: { runs: object[] }) => void): Promise<string> {
  const out = join(root, 'report.html');
  await kdxOk(['report', root, '--out', out]);
  const html = readFileSync(out, 'utf8');
  if (change) {
    const [, before, json, after] =
      /^(.*<script type="application\/json" id="data">)(.*?)(<\/script>.*)$/s.exec(html) ?? [];
    const data = JSON.parse(json);
    change(data);
    writeFileSync(out, before + JSON.stringify(data).replaceAll('<', '\\u003c') + after);
  }
  return pathToFileURL(out).href;
}

const open = (t: ExecutionContext, url: string, view?: Parameters<typeof openPage>[3]) =>
  openPage(t, browser as Browser, url, view);
/** ECharts, as the page brings it. */
interface Charts {
  readonly echarts: {
    getInstanceByDom(plot: Element | null): {
      getOption(): {
        readonly yAxis: readonly { readonly axisLabel: { readonly show: boolean } }[];
        readonly series: readonly { readonly type: string; readonly data: readonly unknown[] }[];
      };
    };
  };
}

/** Points that stand out of the lines of a chart. */
const marksOf = (page: Page, plot: string): Promise<unknown[]> =>
  page.evaluate((selector) => {
    const { echarts } = globalThis as unknown as Charts;
    const { series } = echarts.getInstanceByDom(document.querySelector(selector)).getOption();
    return series.flatMap(({ type, data }) => (type === 'scatter' ? data : []));
  }, plot);

const textOf = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? '';
const titles = (page: Page, section: string): Promise<string[]> =>
  page.locator(`#${section} h3`).allInnerTexts();

test('a part that cannot be drawn says so, and takes no other with it', async (t) => {
  const root = folder(t);
  for (const name of ['a', 'b']) writeRun(join(root, name), { summary: SUMMARY });
  const url = await reported(root, ({ runs }) => {
    Object.assign(runs[0], { confusion: {}, student: 7 });
  });
  const { page, faults } = await open(t, url);
  for (const section of ['runs', 'confusion'])
    t.regex(await textOf(page.locator(`#${section} .fault`)), /^This part cannot be drawn: /);
  t.is(await page.locator('#differences td, #differences > p').count(), 1);
  t.is(await page.locator('#details details.run').count(), 2);
  t.deepEqual(await titles(page, 'accuracy'), ['top-1']);
  await page.getByRole('button', { name: 'steps', exact: true }).click();
  t.is(await page.locator('.fault').count(), 2, 'each says so once');
  t.deepEqual(faults, []);
});

test('many runs with long names, one with other terms and averaged weights, one without its config', async (t) => {
  const root = folder(t);
  const long = 'kd+temperature-4+alpha-0.9+'.repeat(6).padEnd(180, 'x');
  for (let k = 0; k < 22; k += 1)
    writeRun(join(root, `${String(k).padStart(2, '0')}-${long}`), { summary: SUMMARY });
  writeRun(join(root, '00'), {
    config: '{"kdx":',
    summary: { ...SUMMARY, test: { ...SUMMARY.test, ema: heads(31) } },
  });
  const averaged = {
    type: 'evaluation',
    step: 6,
    epoch: 2,
    split: 'validation',
    weights: 'ema',
    heads: heads(33),
  };
  const events = [...eventsOf(), averaged as RunEvent].map((event) =>
    event.type === 'step' ? { ...event, terms: { mine: 1 } } : event,
  );
  writeRun(join(root, '99'), { events: linesOf(events) });
  const url = await reported(root);
  for (const [width, dark] of [
    [1280, false],
    [390, true],
  ] as const) {
    const { page, faults } = await open(t, url, { width, dark });
    await screenshot(page, `report-odd-${width}`);
    t.is(await page.evaluate(() => document.documentElement.scrollWidth), width);
    t.is(await overlaps(page, '.legend button'), 0);
    const column = await page.locator('#runs tbody th').first().boundingBox();
    t.true((column?.width ?? 9999) <= 0.55 * width, `${column?.width}`);
    t.is(await page.locator('.off').textContent(), '10 of 24 lines are off; the buttons above draw them.');
    t.is(await page.locator('#runs tr[data-run="00"] small').textContent(), '– · cifar_resnet20');
    t.deepEqual(await titles(page, 'losses'), ['total', 'classification/ce', 'kd/logits']);
    t.deepEqual(await titles(page, 'accuracy'), ['top-1', 'averaged weights (EMA), top-1']);
    const ema = page.locator('#accuracy figure').nth(1);
    t.is(await ema.locator('.note').textContent(), 'line: validation · ◆ test, last epoch');
    const tests = await marksOf(page, '#accuracy figure:nth-of-type(2) .plot');
    t.deepEqual(tests, [[3, 31]], 'of the averaged weights, not of the last');
    const chips = await page
      .locator('.legend button')
      .evaluateAll((all) => all.map(({ clientWidth }) => clientWidth));
    t.true(Math.max(...chips) <= Math.min(420, width), `${Math.max(...chips)}`);
    await page.locator('.legend button').last().click();
    t.regex(await textOf(page.locator('.off')), /^9 of 24 lines are off/);
    t.true((await titles(page, 'losses')).includes('mine'));
    t.deepEqual(faults, []);
  }
});

test('a long loss with spikes is smoothed to its mean, over steps and not over points', async (t) => {
  const root = folder(t);
  const steps = 20_000;
  const step = (k: number): RunEvent => ({
    type: 'step',
    step: k,
    epoch: 0,
    loss: k % 50 === 7 ? 10 : 1,
    terms: {},
    learningRate: 0.1,
    imagesPerSecond: k % 50 === 0 ? 1 : 100,
  });
  const run = (name: string, every: number): string => {
    const logged = Array.from({ length: steps / every }, (_, k) => step(every * (k + 1)));
    return writeRun(join(root, name), {
      events: linesOf([{ type: 'run-start', run: 'r', resumedAt: 0, steps }, ...logged]),
    });
  };
  run('all', 1);
  run('some', 50);
  const { page, faults } = await open(t, await reported(root));
  const ends = async (title: string): Promise<number[]> => {
    const figure = page
      .locator('figure')
      .filter({ has: page.getByRole('heading', { name: title, exact: true }) });
    const label = (await figure.locator('.plot').getAttribute('aria-label')) ?? '';
    return [...label.matchAll(/ends at ([\d.]+)/g)].map(([, value]) => Number(value));
  };
  t.is(Object.keys(await linePoints(page, 'total')).length, 2);
  const [all, some] = await ends('total');
  t.true(Math.abs(all - 1.18) < 0.06, String(all));
  t.is(some, 1, 'every 50th step has no spike');
  const [speed] = await ends('images/s');
  t.true(
    Math.abs(speed - (39 * 100 + 1) / 40) < 0.01,
    `the mean of the last stretch, not its extreme: ${speed}`,
  );
  await page.locator('#smoothing').fill('0');
  t.deepEqual(await ends('total'), [1, 1]);
  t.regex(await textOf(page.locator('#losses .note').first()), /^all terms, weighted$/);
  await page.locator('#smoothing').fill('0.98');
  t.true(Math.abs((await ends('total'))[0] - 1.18) < 0.01);
  t.deepEqual(faults, []);
});

test('classes are labelled where there is room for their names', async (t) => {
  const root = folder(t);
  for (const classes of [100, 101]) {
    const run = writeRun(join(root, String(classes)), { summary: SUMMARY });
    const classNames = Array.from({ length: classes }, (_, k) => `class ${k}`);
    const cells = classNames.map((_, k) => [k, k, 1]);
    writeFileSync(
      join(run, 'confusion.json'),
      JSON.stringify({ split: 'test', weights: 'last', classNames, cells }),
    );
  }
  const { page, faults } = await open(t, await reported(root));
  const labelled = (): Promise<unknown> =>
    page.evaluate(
      () =>
        (globalThis as unknown as Charts).echarts
          .getInstanceByDom(document.querySelector('#confusion .plot'))
          .getOption().yAxis[0].axisLabel.show,
    );
  t.is(await labelled(), true);
  await page.selectOption('#confusion-run', { label: '101' });
  t.is(await labelled(), false);
  t.deepEqual(faults, []);
});
