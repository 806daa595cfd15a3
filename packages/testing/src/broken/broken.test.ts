import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { CHECKS, type CheckName, check, type Subject } from '../index.js';
import { borrowsTeacher } from './borrows-teacher.test.helper.js';
import { subjectOf } from './distilling.test.helper.js';
import { fixedBatch } from './fixed-batch.test.helper.js';
import { fixedClasses } from './fixed-classes.test.helper.js';
import { forgets } from './forgets.test.helper.js';
import { leaks, leaksInLoad, leaksInSave, leaksOnce } from './leaks.test.helper.js';
import { movesTeacher } from './moves-teacher.test.helper.js';
import { drifting, takesAll, undescribed } from './options.test.helper.js';
import { beside, looksAround } from './order.test.helper.js';
import { ownParameters } from './own-parameters.test.helper.js';
import { pairwise } from './pairwise.test.helper.js';
import { twoForwards } from './two-forwards.test.helper.js';
import { wrongBetween, wrongGradient, wrongLater } from './wrong-gradient.test.helper.js';
import { wrongMinimum } from './wrong-minimum.test.helper.js';
import { wrongMode } from './wrong-mode.test.helper.js';
import { wrongTrains } from './wrong-trains.test.helper.js';

test.before(() => tf.setBackend('cpu'));

/** Each broken plugin, the one check that it fails, and what it is told. */
const BROKEN: readonly (readonly [CheckName, Subject, RegExp])[] = [
  ['options', subjectOf(drifting), /\{"percent":0.5\} become \{"percent":0.005\}/],
  ['gradient', subjectOf(wrongGradient), /direction of student term wrong-gradient\/logits changes by/],
  ['gradient', subjectOf(wrongLater), /direction of student the total loss of epoch 1 changes by/],
  ['gradient', subjectOf(wrongBetween), /direction of student the total loss of epoch 1 changes by/],
  [
    'trains',
    subjectOf(wrongTrains),
    /wrong-trains\/shadow says that it trains module.*, student and trains module/,
  ],
  ['minimum', subjectOf(wrongMinimum), /wrong-minimum\/logits is 0\.\d+ where .* and 0\.00000 is stated/],
  [
    'teacher',
    subjectOf(movesTeacher),
    /head\.bias of teacher 1 was moved by up to 0\.0100 at the end of a run/,
  ],
  [
    'teacher',
    subjectOf(borrowsTeacher),
    /head\.weight of teacher 1 was moved by up to 0\.\d+ at the start of step 0/,
  ],
  ['forwards', subjectOf(twoForwards), /student ran 12 times in 6 steps and its terms need 6/],
  ['modes', subjectOf(wrongMode), /student ran in evaluation mode in a step/],
  ['memory', subjectOf(leaks), /2 tensors are left behind by 2 steps of epoch 0/],
  ['memory', subjectOf(leaksInSave), /1 tensor is left behind by an epoch with .* its checkpoint/],
  ['memory', subjectOf(leaksInLoad), /1 tensors outlive a run that went on from a checkpoint/],
  [
    'resume',
    subjectOf(forgets),
    /after a kill and resume .* in checkpoints\/last.safetensors differs by up to/,
  ],
  [
    'partial-batch',
    subjectOf(fixedBatch),
    /a run whose last batch has 3 images after one of 4 fails: .*\. Take the number of images/,
  ],
  [
    'partial-batch',
    subjectOf(pairwise),
    /a run whose last batch has 1 image after one of 4 fails: The loss became NaN at step 1 /,
  ],
  [
    'class-counts',
    subjectOf(fixedClasses, { minimum: {} }),
    /a run with 2 classes fails: .*\[4, 2\] and \[4, 5\]/,
  ],
  [
    'order',
    subjectOf(looksAround, { beside: [beside] }),
    /named before "beside" the run is another than named after it/,
  ],
  [
    'exported-student',
    subjectOf(ownParameters),
    /exported student has \[\] for scale, where tiny_cnn has nothing/,
  ],
];

for (const [name, subject, message] of BROKEN) {
  const plugin = subject.definition.name;
  test.serial(`${plugin} fails the check "${name}" alone, and is told why`, async (t) => {
    const failed: Record<string, string> = {};
    for (const each of Object.keys(CHECKS) as CheckName[]) {
      await check(each, subject).catch((error: { code: string; message: string }) => {
        failed[error.code] = error.message;
      });
    }
    const code = `KDX_CONFORMANCE_${name.toUpperCase().replaceAll('-', '_')}`;
    t.deepEqual(Object.keys(failed), [code], Object.values(failed).join('\n'));
    t.true(failed[code].startsWith(`Check "${name}" of plugin "${plugin}" ({}, cnn): `));
    t.regex(failed[code], message);
    t.log(failed[code]);
  });
}

test('every check has a plugin that fails it', (t) => {
  t.deepEqual([...new Set(BROKEN.map(([name]) => name))], Object.keys(CHECKS) as CheckName[]);
});

for (const [plugin, name, message] of [
  [takesAll, 'options', /an option that does not exist is taken/],
  [undescribed, 'options', /option "temperature" has no description/],
  [leaksOnce, 'memory', /1 tensors outlive a run that was disposed/],
] as const) {
  test.serial(`${plugin.definition.name} fails the check "${name}"`, async (t) => {
    await t.throwsAsync(check(name, subjectOf(plugin as typeof leaksOnce)), {
      code: `KDX_CONFORMANCE_${name.toUpperCase()}`,
      message,
    });
  });
}
