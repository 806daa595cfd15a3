import test from 'ava';
import { lineText } from './line-text.js';

const plain = (text: string): string =>
  text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '');

test('a line says how it stands, of what, and why, with the code in front', (t) => {
  t.is(plain(lineText({ status: 'ok', topic: 'classes', text: 'all there' })), '✓ classes        all there');
  t.is(
    plain(lineText({ status: 'warning', topic: 'teacher', code: 'KDX_TEACHER_WEAK', text: 'near chance' })),
    '! teacher        KDX_TEACHER_WEAK near chance',
  );
  t.regex(
    plain(lineText({ status: 'error', topic: 'terms', code: 'KDX_NON_FINITE', text: 'NaN' })),
    /^✗ terms/,
  );
});

test('a long one goes on below and no line is longer than a terminal', (t) => {
  const lines = plain(lineText({ status: 'ok', topic: 'reads', text: 'word '.repeat(60).trim() })).split(
    '\n',
  );
  t.true(lines.length > 1);
  t.true(lines.every((line) => line.length <= 100));
  t.true(lines.slice(1).every((line) => line.startsWith(' '.repeat(17))));
});
