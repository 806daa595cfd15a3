import { createHash } from 'node:crypto';
import { join } from 'node:path';
import test from 'ava';
import { pageHtml } from './page-html.js';
import { Report } from './report.js';
import { CONFIG, SUMMARY, temporaryFolder, writeRun } from './runs.test.helper.js';

const NASTY = '</script><script>alert(1)</script><!-- "&';

async function page(t: Parameters<typeof temporaryFolder>[0], live: boolean): Promise<string> {
  const config = { ...CONFIG, config: { ...CONFIG.config, student: NASTY } };
  const directory = writeRun(join(temporaryFolder(t), 'a"><b>'), {
    config,
    summary: { ...SUMMARY, student: NASTY },
  });
  const report = new Report([directory]);
  await report.refresh();
  return pageHtml(report.data(), { live });
}

test('a page has all it needs inside, and its policy lets nothing else in', async (t) => {
  const html = await page(t, false);
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  t.regex(policy, /default-src 'none'.*connect-src 'none'/);
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => text);
  t.is(scripts.length, 2);
  const hashes = scripts.map((text) => createHash('sha256').update(text).digest('base64'));
  t.deepEqual(
    [...policy.matchAll(/'sha256-([^']*)'/g)].map(([, hash]) => hash),
    hashes,
  );
  const elements = html.replaceAll(/<script>.*?<\/script>/gs, '');
  t.false(/\s(?:src|href)="(?!data:)|url\((?!#)|@import/.test(elements));
  t.regex(await page(t, true), /connect-src 'self'/);
});

test('text of a run ends no element, and comes back as it was', async (t) => {
  const html = await page(t, false);
  const [, json] = /id="data">(.*?)<\/script>/s.exec(html) ?? [];
  t.is(JSON.parse(json).runs[0].student, NASTY);
  t.false(html.includes('<script>alert'));
  t.true(html.includes('<title>a&quot;&gt;&lt;b&gt; · kdx</title>'));
});
