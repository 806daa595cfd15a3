import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listDataSets } from '@kdx/data';
import { model } from '@kdx/models';
import test from 'ava';
import { findEntry, readCatalogue } from './catalogue.js';
import { hasChecksum } from './checksums.js';
import { nextCommands } from './next-command.js';

const entries = readCatalogue();

test('every entry of the catalogue has addresses of its own, a checksum, a source and a licence', (t) => {
  t.true(entries.length >= 4);
  const urls = entries.flatMap(({ archive }) => archive.urls);
  t.is(new Set(urls).size, urls.length);
  for (const { name, archive, source, licence } of entries) {
    t.true(hasChecksum(archive), name);
    t.true(source.startsWith('https://') && licence.length > 0, name);
    t.true(
      archive.urls.every((url) => url.startsWith('https://') && url.endsWith(`/${archive.name}`)),
      name,
    );
  }
});

test('what it has is what kdx reads: data sets and models by their names', (t) => {
  const sets = listDataSets().map(({ name }) => name);
  for (const { name, weights } of entries) {
    t.true(sets.includes(weights?.data ?? name), name);
    if (weights) t.notThrows(() => model(weights.model), name);
    t.true(nextCommands(findEntry(name, entries), 'data').length > 0, name);
  }
});

test('digits in the name of a file are those of its checksum', (t) => {
  for (const { archive } of entries) {
    const prefix = archive['sha256-prefix'];
    if (prefix !== undefined) t.true(archive.name.endsWith(`-${prefix}.pt`), archive.name);
  }
});

test('an unknown name is answered with those there are', (t) => {
  t.throws(() => findEntry('cifar-100', entries), {
    code: 'KDX_FETCH_UNKNOWN',
    message: /Did you mean "cifar100"\?/,
  });
});

test('a catalogue that leads out of its folder, or is none, is refused', (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'kdx-catalogue-')), 'x.yaml');
  const archive = (name: string) =>
    `entries: {x: {title: t, source: s, licence: l, archive: {name: '${name}', urls: ['https://a/b']}}}`;
  writeFileSync(file, archive('fine.bin'));
  t.is(readCatalogue(file).length, 1);
  for (const text of [archive('../x'), archive('/x'), archive('..'), 'a: 1', ':']) {
    writeFileSync(file, text);
    t.throws(() => readCatalogue(file), { code: 'KDX_FETCH_CATALOGUE' });
  }
  t.throws(() => readCatalogue(`${file}.none`), { code: 'KDX_FETCH_CATALOGUE' });
});

test('a fault of syntax is told in one line, with its place', (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'kdx-catalogue-')), 'x.yaml');
  for (const text of ['entries:\n  x: [1\n  y: 2', 'a: b: c']) {
    writeFileSync(file, text);
    t.throws(() => readCatalogue(file), { message: /^[^\n]+ at line \d+, column \d+; mend it[^\n]+$/ });
  }
});
