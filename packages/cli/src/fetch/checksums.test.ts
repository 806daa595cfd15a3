import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Archive } from './catalogue.js';
import { difference } from './checksums.js';

const TEXT = 'the right bytes';
const file = join(mkdtempSync(join(tmpdir(), 'kdx-checksums-')), 'file');
writeFileSync(file, TEXT);
const hex = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex');
const differenceFrom = (known: Partial<Archive>) =>
  difference(file, { name: 'file', urls: ['http://127.0.0.1/file'], ...known });

test('each of size, md5, sha256 and its first digits alone tells the right file', async (t) => {
  const right = [
    { bytes: TEXT.length },
    { md5: hex('md5', TEXT) },
    { sha256: hex('sha256', TEXT) },
    { 'sha256-prefix': hex('sha256', TEXT).slice(0, 8) },
  ];
  for (const known of right) t.is(await differenceFrom(known), undefined);
});

test('each of them alone tells a wrong file', async (t) => {
  const other = 'wrong';
  t.is(await differenceFrom({ bytes: 5 }), 'it has 15 bytes instead of 5');
  for (const [known, algorithm] of [
    [{ md5: hex('md5', other) }, 'md5'],
    [{ sha256: hex('sha256', other) }, 'sha256'],
    [{ 'sha256-prefix': hex('sha256', other).slice(0, 8) }, 'sha256'],
  ] as const)
    t.is(
      await differenceFrom(known),
      `its ${algorithm} is ${hex(algorithm, TEXT)} instead of ${Object.values(known)[0]}${'sha256-prefix' in known ? '…' : ''}`,
    );
});
