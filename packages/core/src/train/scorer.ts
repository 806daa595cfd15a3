import { inject, injectable } from 'tsyringe';
import type { Composition } from '../compose/composition.js';
import { teacherName } from '../compose/refs.js';
import { COMPOSITION, EVENT_STREAM } from '../compose/tokens.js';
import type { Split } from '../contracts/data.js';
import type { Evaluator, ScoredAt } from '../contracts/evaluator.js';
import type { HeadScores } from '../contracts/scores.js';
import { isBetter, scoreText } from '../contracts/task.js';
import { drawSample } from '../evaluate/draw-sample.js';
import { scoreSplit } from '../evaluate/score-split.js';
import type { EventStream } from '../events/event-stream.js';

/** Evaluates the student and the teachers of a run and tells the event stream. */
@injectable()
export class Scorer implements Evaluator {
  constructor(
    @inject(COMPOSITION) private readonly composition: Composition,
    @inject(EVENT_STREAM) private readonly events: EventStream,
  ) {}

  /**
   * Scores each teacher before the first step, so a wrong weight file or normalisation is seen at once. On the test
   * split where there is one: nothing is selected by it, and validation images may be the teacher's own training data. Where
   * `teacherImages` is less than the split, a class-balanced sample stands for it, and the event says so.
   */
  async teachers(signal?: AbortSignal): Promise<void> {
    const { settings, data, teachers, task } = this.composition;
    const limit = settings.teacherImages;
    const [name, split] = data.test?.length ? ['test', data.test] : ['validation', data.validation];
    if (limit === 0 || !split?.length) return;
    const asked = limit === 'all' ? split.length : limit;
    const { kind } = drawSample(split, asked);
    const sample = kind && { of: split.length, kind };
    for (const [index, teacher] of teachers.entries()) {
      if (teacher.spec.classes !== task.outputs(data)) continue;
      const scoring = await scoreSplit(task, teacher, split, {
        imageSize: data.imageSize,
        batch: settings.evaluationBatch,
        limit: asked,
        signal,
      });
      const { fused } = scoring.result();
      const namesakes = teachers.filter(({ spec }) => spec.name === teacher.spec.name).length;
      const called = namesakes > 1 ? `${teacher.spec.name} (${teacherName(index)})` : teacher.spec.name;
      const chance = task.chance?.(split, data, fused.images);
      const { headline } = task;
      if (chance && isBetter(headline, chance.limit, fused[headline.name])) {
        const scores = scoreText(task, headline.name, fused[headline.name], 1);
        const message = `Teacher ${called} scores ${scores} where ${chance.text}; give it trained weights (--teacher MODEL@FILE) and the normalisation it was trained with.`;
        this.events.send({ type: 'warning', step: 0, code: 'KDX_TEACHER_WEAK', message });
      }
      const scored = { type: 'teacher', name: called, split: name, scores: fused } as const;
      this.events.send(sample ? { ...scored, sample } : scored);
    }
  }

  async student(
    split: 'validation' | 'test',
    weights: 'last' | 'best' | 'ema',
    at: ScoredAt,
    onDetails?: (details: Readonly<Record<string, object>>) => void,
  ): Promise<HeadScores | undefined> {
    const { settings, data, student, task, headRule } = this.composition;
    const images: Split | undefined = data[split];
    if (!images || images.length === 0) return undefined;
    const scoring = await scoreSplit(task, student, images, {
      imageSize: data.imageSize,
      headRule,
      batch: settings.evaluationBatch,
      training: true,
    });
    const heads = scoring.result();
    // Hooks and observers get these very scores, by which the best epoch is chosen.
    for (const scores of Object.values(heads)) Object.freeze(scores);
    Object.freeze(heads);
    this.events.send({ type: 'evaluation', ...at, split, weights, heads });
    onDetails?.(scoring.details?.({ split, weights, data }) ?? {});
    return heads;
  }
}
