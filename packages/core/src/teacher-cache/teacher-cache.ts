import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BackendInfo } from '@kdx/tensor';
import { makeFolder, messageOf } from '@kdx/tensor';
import type { Composition } from '../compose/composition.js';
import { teacherName } from '../compose/refs.js';
import { kdxError } from '../errors.js';
import type { RunEvents } from '../events/run-events.js';
import { CachedTeacher, type TeacherBatch } from './cached-teacher.js';
import type { TeacherOutput } from './logits.js';
import { orderKey } from './order-key.js';
import { disposeOutput, type Forward } from './place-free.js';

/** Where a run keeps teacher logits. */
export interface TeacherCacheOptions {
  /** Made if it is missing. May be shared by any runs, also at the same time. */
  readonly directory: string;
}

interface TeacherCacheParts extends TeacherCacheOptions {
  readonly composition: Composition;
  readonly backend: BackendInfo;
  readonly events: RunEvents;
}

/**
 * Teacher logits on disk, so that a teacher sees each image once, and then one batch per run.
 *
 * What it promises:
 * - A run with a cache ends in the same bytes as one without: weights, checkpoints, losses. What is kept under a key is
 *   what the teacher gives for it, bit for bit; nothing of the cache enters a checkpoint.
 * - A key holds all that decides those bits: the teacher's values, the images (data, augmentation, mixing, their seed), the
 *   batch size and the back end. Runs that differ in anything else share: students, methods and their options, learning
 *   rates; where nothing about the images is random, also seeds and epochs.
 * - A key cannot see code. So each run holds the first logits that it finds of each teacher against what the teacher gives
 *   for the same images: where a bit is another, as after a forward, an augmentation or a kernel was changed, the cache is
 *   off for the rest of the run (`KDX_CACHE_OFF`), and the teacher's own logits are used. A wholly cached run thus runs
 *   each teacher once.
 * - Each record has a checksum of its key, its place and its values. It may be killed at any time and filled by several
 *   processes at once; what was not written whole is computed again (`KDX_CACHE_DAMAGED` is the warning).
 * - It never fails a run that has begun. When a record cannot be read or written, it is off for the rest of the run
 *   (`KDX_CACHE_OFF`).
 *
 * It takes 4 bytes for each class of each head of each image: once where nothing about the images is random, else for each
 * epoch and seed.
 *
 * Only logits are kept: a teacher whose taps a step reads is run at that step. A plugin that contributes to the hook
 * `batch` makes images of its own, so there is no cache beside it.
 */
export class TeacherCache {
  readonly #parts: TeacherCacheParts;
  readonly #teachers: readonly CachedTeacher[];
  readonly #tapped = new Set<string>();
  #epoch = 0;
  #asked = false;
  #off = false;
  #warnedOfDamage = false;

  /** @throws KdxError `KDX_CACHE_DIRECTORY` */
  static checkDirectory({ directory }: TeacherCacheOptions): void {
    try {
      makeFolder(resolve(directory));
      readdirSync(directory);
    } catch (cause) {
      throw kdxError(
        'KDX_CACHE_DIRECTORY',
        `The teacher cache's folder "${directory}" cannot be made: ${messageOf(cause)}; choose another with --teacher-cache DIR, or leave it out.`,
        { cause },
      );
    }
  }

  constructor(parts: TeacherCacheParts) {
    const { composition, backend, directory } = parts;
    const { teachers, data, settings } = composition;
    this.#parts = parts;
    const order = orderKey(composition);
    const mixing = composition.task.mixing?.(composition.settings) ?? null;
    this.#teachers = teachers.map(
      (teacher) =>
        new CachedTeacher({ directory: resolve(directory), teacher, data, settings, mixing, backend, order }),
    );
  }

  /** Logits of a teacher: from disk, else from `forward`, and then kept. The caller disposes them. */
  async logits(index: number, batch: TeacherBatch, forward: Forward): Promise<TeacherOutput> {
    const teacher = this.#teachers[index];
    this.#begin(batch.epoch);
    const kept = await this.#unlessOff(() => teacher.read(batch));
    this.#warnOfDamage(teacher);
    if (kept && !teacher.untried) return teacher.take(batch, kept);
    const begun = performance.now();
    const output = forward(batch.images);
    try {
      if (kept) {
        const agrees = await this.#unlessOff(() => teacher.agrees(batch, kept, output, begun));
        if (agrees === false) {
          this.#turnOff(
            `what is kept in ${kept.folder} is not what ${teacherName(index)} gives for these images, as after a change of code; delete that folder to fill it again`,
          );
        }
        return output;
      }
      const byBatchOnly = await this.#unlessOff(() => teacher.write(batch, output, forward, begun));
      if (byBatchOnly) {
        this.#log(
          `${teacherName(index)} gives an image other bits by its place among ${batch.indices.length}, so its logits are kept by batch: epochs and seeds share none`,
        );
      }
      return output;
    } catch (error) {
      // An event that could not be kept.
      disposeOutput(output);
      throw error;
    }
  }

  /** Says once of each teacher that it is run though there is a cache. */
  tapped(index: number, taps: Iterable<string>): void {
    const teacher = teacherName(index);
    if (this.#off || this.#tapped.has(teacher)) return;
    this.#tapped.add(teacher);
    const names = [...taps].map((tap) => `${teacher}.${tap}`).join(', ');
    this.#log(`${teacher} is run for ${names}: only logits are cached`);
  }

  /** Tells what was done since it last told; before every checkpoint, so that the events of a resumed run add up. */
  async report(step: number): Promise<void> {
    for (const [index, teacher] of this.#teachers.entries()) {
      const counts = await this.#unlessOff(() => teacher.takeCounts());
      if (!counts) continue;
      this.#parts.events.send({
        type: 'teacher-cache',
        step,
        epoch: this.#epoch,
        teacher: teacherName(index),
        ...counts,
      });
    }
  }

  /** Closes all files; they open again when they are needed. */
  async close(): Promise<void> {
    await Promise.all(this.#teachers.map((teacher) => teacher.close()));
  }

  #begin(epoch: number): void {
    this.#epoch = epoch;
    if (this.#asked) return;
    this.#asked = true;
    const changing = this.#parts.composition.hooks.contributors('batch');
    if (changing.length === 0) return;
    const names = changing.map((name) => `"${name}"`).join(' and ');
    this.#turnOff(
      `plugin${changing.length > 1 ? 's' : ''} ${names} may change images in the hook "batch", and no key could tell how`,
    );
  }

  async #unlessOff<T>(use: () => Promise<T>): Promise<T | undefined> {
    if (this.#off) return undefined;
    try {
      return await use();
    } catch (error) {
      this.#turnOff(messageOf(error));
      return undefined;
    }
  }

  #turnOff(why: string): void {
    this.#off = true;
    this.#warn(
      'KDX_CACHE_OFF',
      `The teacher cache is off for the rest of this run: ${why.replace(/\.$/, '')}.`,
    );
  }

  #warnOfDamage({ damaged }: CachedTeacher): void {
    if (damaged === 0 || this.#warnedOfDamage) return;
    this.#warnedOfDamage = true;
    this.#warn(
      'KDX_CACHE_DAMAGED',
      `The teacher cache in ${this.#parts.directory} has records that are not what was written, as after a power cut; they are computed again.`,
    );
  }

  #log(message: string): void {
    const { events } = this.#parts;
    events.send({ type: 'log', step: events.step, source: 'teacher cache', message });
  }

  #warn(code: string, message: string): void {
    const { events } = this.#parts;
    events.send({ type: 'warning', step: events.step, code, message });
  }
}
