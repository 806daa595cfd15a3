import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { HeadScores } from '../index.js';
import { tiny } from '../train/tiny-model.test.helper.js';
import { code, plugin, recorded, task, tinyRun } from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

test('a plugin reaches a parameter by its name, and a wrong name gets a hint', async (t) => {
  let name = '';
  const run = await tinyRun();
  [name] = [...run.composition.student.parameters.keys()];
  const { variable } = run.composition.student.parameters.get(name)!;
  await run.dispose();
  const shapes: number[][] = [];
  const reaching = plugin('reaching', {
    setup: (ctx) => void shapes.push(ctx.param('student', name).variable.shape),
  });
  const reached = await tinyRun({ plugins: [task(), reaching] });
  t.deepEqual(shapes, [variable.shape]);
  await reached.dispose();
  const wrong = plugin('wrong', { setup: (ctx) => void ctx.param('student', `${name}x`) });
  const error = await t.throwsAsync(tinyRun({ plugins: [task(), wrong] }));
  t.is(code(error), 'KDX_PARAMETER_UNKNOWN');
  t.true(error.message.includes(`Did you mean "${name}"?`));
  const none = plugin('none', { setup: (ctx) => void ctx.param('teacher', name) });
  t.is(code(await t.throwsAsync(tinyRun({ plugins: [task(), none] }))), 'KDX_TEACHER_MISSING');
});

test('evaluate hooks get the scores of each validation', async (t) => {
  const seen: HeadScores[] = [];
  const watching = plugin('watching', {
    setup: (ctx) => ctx.hook('evaluate', (heads) => void seen.push(heads)),
  });
  const run = await tinyRun({ plugins: [task(), watching], settings: { epochs: 2 } });
  const events = recorded(run);
  await run.fit();
  const told = events.flatMap((event) =>
    event.type === 'evaluation' && event.split === 'validation' ? [event.heads] : [],
  );
  t.is(seen.length, 2);
  t.deepEqual(seen, told);
  await run.dispose();
});

test('a teacher at chance is warned of', async (t) => {
  const run = await tinyRun({ teachers: [tiny()], settings: { epochs: 1 } });
  const events = recorded(run);
  await run.fit();
  const scored = events.find((event) => event.type === 'teacher');
  const warned = events.some((event) => event.type === 'warning' && event.code === 'KDX_TEACHER_WEAK');
  // Of 6 images and 3 classes: 1/3 and three standard errors of √(2/9 / 6).
  const ceiling = 100 * (1 / 3 + 3 * Math.sqrt(2 / 9 / 6));
  t.is(warned, scored?.type === 'teacher' && scored.scores.top1 < ceiling);
  await run.dispose();
});
