import { type Composition, teacherName } from '@kdx/core';
import { parseName, readWeightsInfo } from '@kdx/models';
import { count } from '../terminal/format.js';
import type { CheckedClasses, Tell } from './check-report.js';

/** Class counts and names of the data, the student and the teachers' weight files. */
export async function checkClasses(
  { data, student, teachers }: Composition,
  names: readonly (string | undefined)[],
  tell: Tell,
): Promise<CheckedClasses> {
  const classes = data.classNames.length;
  const perClass = new Array<number>(classes).fill(0);
  for (let index = 0; index < data.train.length; index++) perClass[data.train.labels[index]] += 1;
  const [fewest, most] = [Math.min(...perClass), Math.max(...perClass)];
  const empty = data.classNames.filter((_, k) => perClass[k] === 0);
  const heads = [
    `student ${student.spec.classes}`,
    ...teachers.map(({ spec }, index) => `${teacherName(index)} ${spec.classes}`),
  ];
  const spread = fewest === most ? count(most) : `${count(fewest)} to ${count(most)}`;
  const text = `the data has ${classes} (${someOf(data.classNames)}), ${spread} training images each; ${heads.join(', ')}`;
  if (empty.length > 0) {
    tell({
      status: 'warning',
      topic: 'classes',
      code: 'KDX_CLASS_EMPTY',
      text: `${text}; ${someOf(empty)} ${empty.length === 1 ? 'has' : 'have'} no training image, so nothing can learn ${empty.length === 1 ? 'it' : 'them'}: take more images with --data`,
    });
  } else tell({ status: 'ok', topic: 'classes', text });

  for (const [index, name] of names.entries()) {
    const weights = name === undefined ? undefined : parseName(name).weights;
    if (weights === undefined) continue;
    const { classNames } = await readWeightsInfo(weights);
    if (classNames) tellNames(teachers[index].spec.name, classNames, data.classNames, tell);
  }
  return { classes, imagesPerClass: [fewest, most] };
}

function tellNames(teacher: string, theirs: readonly string[], ours: readonly string[], tell: Tell): void {
  const different = ours.findIndex((name, k) => theirs[k] !== name);
  if (different < 0 && theirs.length === ours.length) {
    tell({
      status: 'ok',
      topic: 'classes',
      text: `${teacher} was trained with the same names in the same order`,
    });
    return;
  }
  const sameSet = [...theirs].sort().join('\n') === [...ours].sort().join('\n');
  const which = different < 0 ? theirs.length : different;
  tell({
    status: 'warning',
    topic: 'classes',
    code: 'KDX_CLASS_NAMES',
    text: `${teacher} was trained with ${sameSet ? 'the same classes in another order' : 'other classes'}: class ${which} is "${theirs[which] ?? 'none'}" there and "${ours[which] ?? 'none'}" in the data; give it a teacher or --data with the same classes`,
  });
}

/** The first few names. */
const someOf = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')}, …, ${names.at(-1)}`;
