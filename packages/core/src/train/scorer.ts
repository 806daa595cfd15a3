import { inject, injectable } from 'tsyringe';
import type { Composition } from '../compose/composition.js';
import { teacherName } from '../compose/refs.js';
import type { Split } from '../contracts/data.js';
import { COMPOSITION, EVENT_STREAM } from '../contracts/tokens.js';
import type { Confusion } from '../evaluate/confusion.js';
import { evaluate, evaluateWithConfusion } from '../evaluate/evaluate.js';
import { usualHeadRule } from '../evaluate/fuse-heads.js';
import type { EventStream, HeadScores } from '../events/event-stream.js';

/** Evaluates the student and the teachers of a run and tells the event stream. */
@injectable()
export class Scorer {
  constructor(
    @inject(COMPOSITION) private readonly composition: Composition,
    @inject(EVENT_STREAM) private readonly events: EventStream,
  ) {}

  /**
   * Scores each teacher before the first step, so a wrong weight file or normalisation is seen at once. On the test
   * split where there is one: nothing is selected by it, and validation images may be the teacher's own training data.
   */
  async teachers(): Promise<void> {
    const { settings, data, teachers } = this.composition;
    const limit = settings.teacherImages;
    const [name, split] = data.test ? ['test', data.test] : ['validation', data.validation];
    if (limit === 0 || !split) return;
    for (const [index, teacher] of teachers.entries()) {
      if (teacher.spec.classes !== data.classNames.length) continue;
      const heads = await evaluate(teacher, split, {
        imageSize: data.imageSize,
        headRule: usualHeadRule(teacher),
        batch: settings.evaluationBatch,
        limit: limit === 'all' ? split.length : limit,
      });
      const namesakes = teachers.filter(({ spec }) => spec.name === teacher.spec.name).length;
      const called = namesakes > 1 ? `${teacher.spec.name} (${teacherName(index)})` : teacher.spec.name;
      const chance = 100 / teacher.spec.classes;
      if (heads.fused.top1 < 2 * chance) {
        const message = `Teacher ${called} scores ${heads.fused.top1.toFixed(1)} % where chance is ${chance.toFixed(1)} %; give it trained weights (--teacher MODEL@FILE) and the normalisation it was trained with.`;
        this.events.send({ type: 'warning', step: 0, code: 'KDX_TEACHER_WEAK', message });
      }
      this.events.send({ type: 'teacher', name: called, split: name, scores: heads.fused });
    }
  }

  async student(
    split: 'validation' | 'test',
    weights: 'last' | 'best' | 'ema',
    at: { readonly step: number; readonly epoch: number },
    onConfusion?: (confusion: Confusion) => void,
  ): Promise<HeadScores | undefined> {
    const { settings, data, student, headRule } = this.composition;
    const images: Split | undefined = data[split];
    if (!images || images.length === 0) return undefined;
    const { heads, cells } = await evaluateWithConfusion(student, images, {
      imageSize: data.imageSize,
      headRule,
      batch: settings.evaluationBatch,
    });
    this.events.send({ type: 'evaluation', ...at, split, weights, heads });
    onConfusion?.({ split, weights, classNames: data.classNames, cells });
    return heads;
  }
}
