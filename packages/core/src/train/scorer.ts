import { inject, injectable } from 'tsyringe';
import type { Composition } from '../compose/composition.js';
import { teacherName } from '../compose/refs.js';
import { COMPOSITION, EVENT_STREAM } from '../compose/tokens.js';
import type { Split } from '../contracts/data.js';
import type { Evaluator, ScoredAt } from '../contracts/evaluator.js';
import { chanceOf } from '../evaluate/chance.js';
import type { Confusion } from '../evaluate/confusion.js';
import { drawSample } from '../evaluate/draw-sample.js';
import { evaluate, evaluateWithConfusion } from '../evaluate/evaluate.js';
import { usualHeadRule } from '../evaluate/fuse-heads.js';
import type { EventStream, HeadScores } from '../events/event-stream.js';

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
    const { settings, data, teachers } = this.composition;
    const limit = settings.teacherImages;
    const [name, split] = data.test?.length ? ['test', data.test] : ['validation', data.validation];
    if (limit === 0 || !split?.length) return;
    const asked = limit === 'all' ? split.length : limit;
    const { kind } = drawSample(split, asked);
    const sample = kind && { of: split.length, kind };
    for (const [index, teacher] of teachers.entries()) {
      if (teacher.spec.classes !== data.classNames.length) continue;
      const heads = await evaluate(teacher, split, {
        imageSize: data.imageSize,
        headRule: usualHeadRule(teacher),
        batch: settings.evaluationBatch,
        limit: asked,
        signal,
      });
      const namesakes = teachers.filter(({ spec }) => spec.name === teacher.spec.name).length;
      const called = namesakes > 1 ? `${teacher.spec.name} (${teacherName(index)})` : teacher.spec.name;
      const { ceiling, text } = chanceOf(split, teacher.spec.classes, heads.fused.images);
      if (heads.fused.top1 < ceiling) {
        const message = `Teacher ${called} scores ${heads.fused.top1.toFixed(1)} % where ${text}; give it trained weights (--teacher MODEL@FILE) and the normalisation it was trained with.`;
        this.events.send({ type: 'warning', step: 0, code: 'KDX_TEACHER_WEAK', message });
      }
      const scored = { type: 'teacher', name: called, split: name, scores: heads.fused } as const;
      this.events.send(sample ? { ...scored, sample } : scored);
    }
  }

  async student(
    split: 'validation' | 'test',
    weights: 'last' | 'best' | 'ema',
    at: ScoredAt,
    onConfusion?: (confusion: Confusion) => void,
  ): Promise<HeadScores | undefined> {
    const { settings, data, student, headRule } = this.composition;
    const images: Split | undefined = data[split];
    if (!images || images.length === 0) return undefined;
    const { heads, cells } = await evaluateWithConfusion(student, images, {
      imageSize: data.imageSize,
      headRule,
      batch: settings.evaluationBatch,
      training: true,
    });
    // Hooks and observers get these very scores, by which the best epoch is chosen.
    for (const scores of Object.values(heads)) Object.freeze(scores);
    Object.freeze(heads);
    this.events.send({ type: 'evaluation', ...at, split, weights, heads });
    onConfusion?.({ split, weights, classNames: data.classNames, cells });
    return heads;
  }
}
