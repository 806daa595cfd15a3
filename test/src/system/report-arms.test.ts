import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RunEvent } from '@kdx/core';
import ava from 'ava';
import type { Browser, Page } from 'playwright-core';
import { browserTest, hasChromium, launch } from '../support/chromium.js';
import { kdxOk } from '../support/cli.js';
import { internal } from '../support/internal.js';
import { openPage, overlaps, screenshot } from '../support/page.js';

// The page of a comparison: arms over seeds, and charts that can be saved.

interface Helper {
  writeRun(directory: string, files?: { config?: unknown; events?: string; summary?: unknown }): string;
  eventsOf(): RunEvent[];
  linesOf(events: readonly RunEvent[]): string;
  heads(top1: number): object;
  CONFIG: { readonly config: object };
  SUMMARY: object;
}
const { writeRun, eventsOf, linesOf, heads, CONFIG, SUMMARY } = await internal<Helper>(
  'packages/report/dist/runs.test.helper.js',
);
const { armFolder } = await internal<{ armFolder(name: string): string }>(
  'packages/run/dist/config/arm-name.js',
);

const test = browserTest(ava);
const HOT = 'KD <b>hot</b>, "τ = 8"';
/** Test top-1 by arm and seed; the last run of the second arm has not ended. */
const TOP1: Record<string, readonly (number | undefined)[]> = {
  zero: [40, 42, 41],
  [HOT]: [44, 45, undefined],
  aa: [39, 42.5, 40.5],
};

let browser: Browser | undefined;
let root = '';
let url = '';
ava.before(async () => {
  if (!hasChromium) return;
  root = mkdtempSync(join(tmpdir(), 'kdx-arms-'));
  const out = join(root, 'cmp');
  for (const [arm, values] of Object.entries(TOP1))
    for (const [seed, top1] of values.entries()) {
      const events = eventsOf().map((event) =>
        event.type === 'evaluation' ? { ...event, heads: heads(10 * event.epoch + seed) as never } : event,
      );
      const test = top1 === undefined ? undefined : { last: heads(top1), best: heads(top1 + 1) };
      writeRun(join(out, 'runs', armFolder(arm), `seed-${seed}`), {
        config: { ...CONFIG, config: { ...CONFIG.config, seed, lr: arm.length } },
        events: linesOf(top1 === undefined ? events.slice(0, -4) : events),
        summary: test && { ...SUMMARY, test },
      });
    }
  const scores = { images: 1000, top1: 72.5, top5: 91 };
  const teacher = { name: 'cifar_resnet56', parameters: 861_620, split: 'test', scores };
  const bench = { arms: Object.keys(TOP1).map((name) => ({ name })), baseline: 'zero', teachers: [teacher] };
  writeFileSync(join(out, 'bench.json'), JSON.stringify(bench));
  const file = join(root, 'page.html');
  await kdxOk(['report', out, '--out', file]);
  url = pathToFileURL(file).href;
  browser = await launch();
});
ava.after.always(async () => {
  await browser?.close();
  if (root !== '') rmSync(root, { recursive: true, force: true });
});

const cell = (page: Page, arm: string, key: string): Promise<string | null> =>
  page.locator(`#arms tr[data-arm=${JSON.stringify(arm)}] td[data-key="${key}"]`).textContent();

test('arms are one line and one row each, compared between equal seeds', async (t) => {
  const { page, faults } = await openPage(t, browser as Browser, url);
  await screenshot(page, 'report-arms');
  const names = await page.locator('.legend .name').allInnerTexts();
  t.deepEqual(names, ['zero', HOT, 'aa'], "in the comparison's order, and as they were written");
  const chosen = page.locator('#baseline-arm option:checked');
  t.is(await chosen.textContent(), 'zero');

  t.is(await cell(page, 'zero', 'headline'), '41.00 ± 1.00');
  t.is(await cell(page, 'zero', 'difference'), '–');
  t.is(await cell(page, HOT, 'headline'), '44.50 ± 0.71');
  t.is(await cell(page, HOT, 'seeds'), '2 of 3');
  // Differences 4 and 3: mean 3.5, 12.7062 · 0.7071 / √2 = 6.3531.
  t.is(await cell(page, HOT, 'difference'), '+3.50 [−2.85, +9.85] n.s.2 of 3 seeds');
  // Differences −1, 0.5 and −0.5: mean −1/3, std 0.7638, 4.3027 · 0.7638 / √3 = 1.8974.
  t.is(await cell(page, 'aa', 'difference'), '−0.33 [−2.23, +1.56] n.s.');
  t.is(await cell(page, 'aa', 'top5'), '90.00 ± 0.00');
  t.is(await page.locator('#arms tr[data-teacher] td[data-key="headline"]').textContent(), '72.50');
  await page.selectOption('#baseline-arm', { label: 'aa' });
  t.is(await cell(page, 'zero', 'difference'), '+0.33 [−1.56, +2.23] n.s.');
  const gained = page.locator('#runs tr', { hasText: 'zero/seed-1' }).locator('td[data-key="difference"]');
  t.is(await gained.textContent(), '−0.50', 'of the run with seed 1');

  await page.getByText('Every two arms').click();
  t.deepEqual(await page.locator('#arm-pairs tbody tr').allInnerTexts(), [
    `${HOT}\tzero\t+3.50 [−2.85, +9.85] n.s.`,
    'aa\tzero\t−0.33 [−2.23, +1.56] n.s.',
    // −5 and −2.5: mean −3.75, 12.7062 · 1.7678 / √2 = 15.8828.
    `aa\t${HOT}\t−3.75 [−19.63, +12.13] n.s.`,
  ]);

  const alt = () => page.locator('#accuracy .plot').getAttribute('aria-label');
  t.regex(
    (await alt()) ?? '',
    /zero ends at 21 %, .*hot.* ends at 20\.5 %, .*, seed 2 \(stopped\) ends at 12 %, aa ends at 21 %/,
  );
  t.regex((await page.locator('#accuracy .note').textContent()) ?? '', /mean over seeds, band: min–max/);
  const bands = () =>
    page.locator('#accuracy svg path[fill-opacity="0.16"], #accuracy svg path[opacity="0.16"]').count();
  t.true((await bands()) >= 3, String(await bands()));
  await page.getByRole('button', { name: '± std' }).click();
  t.regex((await page.locator('#accuracy .note').textContent()) ?? '', /band: ± std/);
  await page.getByRole('button', { name: 'each seed' }).click();
  t.is(await page.locator('.legend button').count(), 9);
  t.is(await bands(), 0);
  t.is(await cell(page, 'zero', 'headline'), '41.00 ± 1.00', 'the table stays');
  t.deepEqual(faults, []);
});

test('every chart can be saved as a picture and as its values', async (t) => {
  const { page, faults } = await openPage(t, browser as Browser, url, { dark: true });
  const save = async (kind: string): Promise<Buffer> => {
    const button = page.locator('#accuracy').getByRole('button', { name: `as ${kind}` });
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
    t.is(download.suggestedFilename(), `top-1.${kind.slice(0, 3).toLowerCase()}`);
    return readFileSync(await download.path());
  };
  const png = await save('PNG');
  t.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  t.true(png.readUInt32BE(16) >= 1280, 'sharp enough to print');
  const svg = String(await save('SVG'));
  t.regex(svg, /^<svg [^>]*xmlns=/);
  for (const text of ['>top-1<', 'KD &lt;b&gt;hot&lt;/b&gt;', '>epoch<']) t.true(svg.includes(text), text);
  t.regex(svg, /<rect [^>]*fill="#171b20"/, 'on the ground of the page, whose ink it has');
  const csv = String(await save('CSV')).split('\r\n');
  t.is(csv[0], 'line,epoch,value,low,high');
  t.deepEqual(csv.slice(1, 4), ['zero,1,1,0,2', 'zero,2,11,10,12', 'zero,3,21,20,22']);
  t.true(csv.includes('"KD <b>hot</b>, ""τ = 8""",3,20.5,20,21'), csv.join('\n'));
  const cards = await page.locator('figure.card:visible').count();
  t.is(await page.getByRole('button', { name: /^Save “.*” as/ }).count(), 3 * cards);
  t.deepEqual(
    faults.filter((fault) => !fault.startsWith('request: blob:')),
    [],
  );
});

test('a comparison is readable on a phone, light and dark', async (t) => {
  for (const dark of [false, true]) {
    const { page, faults } = await openPage(t, browser as Browser, url, { width: 390, dark });
    await screenshot(page, `report-arms-390${dark ? '-dark' : ''}`);
    t.is(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    for (const selector of ['.grouping button', 'figure.card', '#page > section', '.heading > *'])
      t.is(await overlaps(page, selector), 0, selector);
    t.deepEqual(faults, []);
  }
});
