import { teacherName } from '@kdx/core';
import { type Composition } from '@kdx/core/run';
import { count } from '@kdx/core/text';
import type { CheckedClasses, Tell } from './check-report.js';

/** Class counts and names of the data, the student and the teachers, and what their weight files say of themselves. */
export async function checkClasses(
  { data, student, teachers, warnings }: Composition,
  tell: Tell,
): Promise<CheckedClasses> {
  const classes = data.labelNames.length;
  const perClass = new Array<number>(classes).fill(0);
  for (let index = 0; index < data.train.length; index++) perClass[data.train.labels[index]] += 1;
  const [fewest, most] = [Math.min(...perClass), Math.max(...perClass)];
  const heads = [
    `student ${student.spec.classes}`,
    ...teachers.map(({ spec }, index) => `${teacherName(index)} ${spec.classes}`),
  ];
  const spread = fewest === most ? count(most) : `${count(fewest)} to ${count(most)}`;
  const text = `the data has ${classes} (${someOf(data.labelNames)}), ${spread} training images each; ${heads.join(', ')}`;
  tell({ status: 'ok', topic: 'classes', text });
  for (const { spec, weights } of teachers) {
    if (String(weights?.labelNames) !== String(data.labelNames)) continue;
    const same = `${spec.name} was trained with the same names in the same order`;
    tell({ status: 'ok', topic: 'classes', text: same });
  }
  for (const { code, message } of warnings) {
    const topic = code.includes('_WEIGHTS_') ? 'weights' : 'classes';
    tell({ status: 'warning', topic, code, text: message.replace(/\.$/, '') });
  }
  return { classes, imagesPerClass: [fewest, most] };
}

/** The first few names. */
const someOf = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')}, …, ${names.at(-1)}`;
