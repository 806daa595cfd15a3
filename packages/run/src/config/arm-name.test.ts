import test from 'ava';
import { armFolder, armText } from './arm-name.js';

test('a plain name is its own folder, as before arms had other names', (t) => {
  for (const name of ['plain', 'kd+hint', 'deit-0.5', 'a_b', 'dearkd=half', 'größe', '温度4'])
    t.is(armFolder(name), name);
});

test('in a list a name with commas or spaces stands in quotes, a plain one does not', (t) => {
  t.is(['plain', 'KD, hot', 'a b', '温度4'].map(armText).join(', '), 'plain, "KD, hot", "a b", 温度4');
});

test('everything else is bytes in hexadecimal, so that no name leaves its place', (t) => {
  t.is(armFolder('KD, hot'), 'KD%2C%20hot');
  t.is(armFolder('a/b\\c'), 'a%2Fb%5Cc');
  t.is(armFolder('..'), '%2E%2E');
  t.is(armFolder('.hidden.'), '%2Ehidden%2E');
  t.is(armFolder('50%20'), '50%2520');
  t.is(armFolder('→'), '%E2%86%92');
});

test('different names have different folders, however long they are, and none is longer than file systems take', (t) => {
  const names = [
    '🙂'.repeat(100),
    `${'🙂'.repeat(99)}!`,
    'x'.repeat(100),
    '温'.repeat(99),
    '温'.repeat(100),
    'a b',
    'a%20b',
  ];
  const folders = names.map(armFolder);
  t.is(new Set(folders).size, names.length);
  for (const folder of folders) t.true(Buffer.byteLength(folder) <= 200, folder);
  t.false(folders[0].includes('�'));
});
