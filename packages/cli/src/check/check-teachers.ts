import {
  type ComparedNormalization,
  isBetter,
  labelledScore,
  type Model,
  type Normalization,
  type NormalizationTrial,
  type Split,
  type Task,
} from '@kdx/core';
import { unreadTeachers } from '@kdx/core/inspect';
import { type Composition, drawSample, type SampleKind, scoreSplit } from '@kdx/core/run';
import { counted, scoredImages } from '@kdx/core/text';
import { knownStatistics, type NamedStatistics } from '@kdx/data';
import { formatName, parseName } from '@kdx/models';
import type { CheckedTeacher, Tell } from './check-report.js';

/** Images on which a teacher is scored, a sample of the split. */
const IMAGES = 512;

/** Percent from which on a wrong normalisation may not show: the images are the teacher's own. */
const KNOWN_BY_HEART = 99;

type Compared = ComparedNormalization<NamedStatistics>;

/**
 * Scores each teacher under its own normalisation and under the other known ones.
 * @param names what the teachers were called, where they were named; for the option that fixes one
 */
export async function checkTeachers(
  composition: Composition,
  names: readonly (string | undefined)[],
  tell: Tell,
): Promise<readonly CheckedTeacher[]> {
  const { data, teachers, settings, task } = composition;
  const { headline } = task;
  const labelled = (scores: CheckedTeacher['scores']): string =>
    labelledScore(task, headline.name, scores[headline.name]);
  if (teachers.length === 0) {
    tell({ status: 'ok', topic: 'teacher', text: 'none: nothing here learns from one' });
  }
  const [split, images] = scoredSplit(data);
  const checked: CheckedTeacher[] = [];
  for (const [index, teacher] of teachers.entries()) {
    const { name, classes } = teacher.spec;
    if (classes !== task.outputs(data)) {
      tell({
        status: 'ok',
        topic: 'teacher',
        text: `${name} has ${classes} classes and the data ${task.outputs(data)}, so it is not scored; only its features can be read`,
      });
      continue;
    }
    const score = (on: Split) =>
      trial(task, teacher, on, {
        imageSize: data.imageSize,
        images: IMAGES,
        batch: Math.min(IMAGES, settings.evaluationBatch),
        candidates: candidatesFor(teacher, data),
      });
    const { scores, sample, others } = await score(images);
    checked.push({ name, split, scores, ...sampleOf(images, sample), normalizations: others });
    const chance = task.chance?.(images, data, scores.images);
    const text = `${name} has ${labelled(scores)} on ${scoredImages(scores, split, sampleOf(images, sample).sample)}`;
    if (chance && isBetter(headline, chance.limit, scores[headline.name])) {
      tell({
        status: 'warning',
        topic: 'teacher',
        code: 'KDX_TEACHER_WEAK',
        text: `${text}; ${chance.text}, so give it trained weights, --teacher MODEL@FILE`,
      });
    } else tell({ status: 'ok', topic: 'teacher', text: text + SPLIT_HINTS[split] });
    const knowsThem =
      split === 'validation' && isPerfect(task, scores[headline.name]) && better(others).length === 0;
    if (!knowsThem || !data.test || data.test.length === 0) {
      tellNormalization(task, teacher, others, names[index], tell);
      continue;
    }
    const unseen = await score(data.test);
    const unseenSample = sampleOf(data.test, unseen.sample);
    checked.push({
      name,
      split: 'test',
      scores: unseen.scores,
      ...unseenSample,
      normalizations: unseen.others,
    });
    tell({
      status: 'ok',
      topic: 'teacher',
      text: `it knows those images by heart; on ${scoredImages(unseen.scores, 'test', unseenSample.sample)}, which no choice depends on, it has ${labelled(unseen.scores)}`,
    });
    tellNormalization(task, teacher, unseen.others, names[index], tell);
  }
  for (const { code, message } of unreadTeachers(composition)) {
    tell({ status: 'warning', topic: 'teacher', code, text: message.replace(/\.$/, '') });
  }
  return checked;
}

/** Whether a headline score in percent leaves nothing to gain. */
const isPerfect = ({ headline, scores }: Task, score: number): boolean =>
  scores[headline.name].unit === '%' && headline.better === 'higher' && score >= KNOWN_BY_HEART;

/** A teacher under its own normalisation, and under others where the task can compare them. */
async function trial(
  task: Task,
  teacher: Model,
  split: Split,
  options: Parameters<NonNullable<Task['compareNormalizations']>>[2] & {
    readonly candidates: readonly NamedStatistics[];
  },
): Promise<NormalizationTrial<NamedStatistics>> {
  if (task.compareNormalizations) {
    return task.compareNormalizations<NamedStatistics>(teacher, split, options);
  }
  const { imageSize, batch, images: limit } = options;
  const scoring = await scoreSplit(task, teacher, split, { imageSize, batch, limit });
  return { scores: scoring.result().fused, sample: drawSample(split, limit).kind, others: [] };
}

/** Candidates that do better by more than chance explains, and by enough to matter; the best first. */
const better = (others: readonly Compared[]): Compared[] =>
  others
    .filter(({ gain, standardError }) => gain > 1 && gain > 2 * standardError)
    .sort((a, b) => b.gain - a.gain || a.loss - b.loss);

const SPLIT_HINTS: Readonly<Record<CheckedTeacher['split'], string>> = {
  validation: '; too high if it was trained on these',
  test: ', as there is no validation split',
  train: ', as there is no other split; too high if it was trained on these',
};

function scoredSplit({ validation, test, train }: Composition['data']): [CheckedTeacher['split'], Split] {
  if (validation && validation.length > 0) return ['validation', validation];
  if (test && test.length > 0) return ['test', test];
  return ['train', train];
}

const sampleOf = ({ length }: Split, kind: SampleKind | undefined): Pick<CheckedTeacher, 'sample'> =>
  kind === undefined ? {} : { sample: { of: length, kind } };

function candidatesFor({ spec }: Model, data: Composition['data']): NamedStatistics[] {
  const own: NamedStatistics = { name: "the data's own", mean: data.mean, std: data.std };
  const others = [...knownStatistics(data.imageSize[2]), own];
  return others.filter(
    (other, index) => !nearly(other, spec) && !others.slice(0, index).some((before) => nearly(before, other)),
  );
}

/** Whether two statistics differ by less than what rounding in publications does. */
const nearly = (a: Normalization, b: Normalization): boolean =>
  [a.mean.map((value, k) => value - b.mean[k]), a.std.map((value, k) => value - b.std[k])]
    .flat()
    .every((difference) => Math.abs(difference) < 0.002);

function tellNormalization(
  task: Task,
  { spec }: Model,
  others: readonly Compared[],
  name: string | undefined,
  tell: Tell,
): void {
  const own = `mean ${spec.mean.join(', ')} and std ${spec.std.join(', ')}`;
  if (others.length === 0) return;
  const [best] = better(others);
  if (!best) {
    const text = `${spec.name} sees images with ${own}; none of ${others.length} other known normalisations does it better`;
    tell({ status: 'ok', topic: 'normalisation', text });
    return;
  }
  const { candidate, gain, score, images } = best;
  tell({
    status: 'warning',
    topic: 'normalisation',
    code: 'KDX_NORMALIZATION',
    text: `${spec.name} sees images with ${own}, and does ${gain.toFixed(1)} points better under ${candidate.name} (${labelledScore(task, task.headline.name, score)} on the same ${counted(images, 'image')}); give it the normalisation it was trained with: ${remedy(name, candidate)}`,
  });
}

/** The option that sets it, on the name as it was given. */
function remedy(name: string | undefined, { mean, std }: Normalization): string {
  if (name === undefined) return `?mean=${mean.join(',')}&std=${std.join(',')} on its name`;
  const { base, options, weights } = parseName(name);
  const mended = formatName(base, { ...options, mean: [...mean], std: [...std] });
  return `--teacher "${mended}${weights === undefined ? '' : `@${weights}`}"`;
}
