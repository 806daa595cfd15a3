import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { RunStore } from '@kdx/core';
import { BASE_TASK, builtInObservers, stableJson } from '@kdx/run/parts';
import { messageOf } from '@kdx/tensor';
import { configFacts, textOf } from './config-facts.js';
import { damageNotes } from './damage-notes.js';
import { EventTail, type TailedEvents } from './event-tail.js';
import { History } from './history.js';
import { drawnCurve, loggedCurve } from './logged-curve.js';
import type { RunView } from './page/page-data.js';
import { type PoolSheet, poolSheet } from './pool-sheet.js';
import { filesVersion, type RunFiles, readRunFiles } from './run-files.js';
import type { SoundRecord } from './run-schemas.js';
import { runScores } from './run-scores.js';
import { runState, secondsLeft } from './run-state.js';
import { median } from './statistics/median.js';

/** A run's folder, read again and again while the run goes on. */
export class RunFolder {
  readonly #tail: EventTail;
  #history = new History();
  #files: RunFiles | undefined;
  #version = '';
  #busy = false;
  #unreadable: string | undefined;
  #pool: Promise<PoolSheet> | undefined;

  /** @param directory absolute */
  constructor(readonly directory: string) {
    this.#tail = new EventTail(join(directory, 'events.jsonl'));
  }

  /** Reads what is new. @returns whether there is anything that a page would show */
  refresh(): boolean {
    const { events, anew } = this.#read();
    if (anew) this.#history = new History();
    for (const event of events) this.#history.add(event);
    const busy = isBusy(this.directory);
    const version = filesVersion(this.directory);
    const changed = this.#files === undefined || version !== this.#version;
    if (changed) {
      this.#files = readRunFiles(this.directory);
      this.#version = version;
      this.#pool = undefined;
    }
    const moved = busy !== this.#busy;
    this.#busy = busy;
    return anew || changed || moved || events.length > 0;
  }

  #read(): TailedEvents {
    const before = this.#unreadable;
    try {
      this.#unreadable = undefined;
      return this.#tail.read();
    } catch (error) {
      this.#unreadable = `events.jsonl cannot be read: ${messageOf(error)}`;
      return { events: [], anew: before === undefined };
    }
  }

  /** The contact sheet that its view names, where there is one. */
  async sheet(): Promise<string | undefined> {
    return (await this.#pool)?.sheet;
  }

  /** What a page shows of the run, under the name that tells it from others. */
  async view(name: string): Promise<RunView> {
    const { record, summary, confusion, notes } = this.#files ?? readRunFiles(this.directory);
    const history = this.#history;
    const { config = {}, pinned, environment } = record;
    const backend = pinned?.backend;
    const directory = relative(process.cwd(), this.directory) || '.';
    this.#pool ??= poolSheet(record);
    const pool = await this.#pool;
    const [state, stateText] = runState({
      finished: summary !== undefined,
      busy: this.#busy,
      history,
      directory,
    });
    const damage = damageNotes({
      unreadable: this.#unreadable,
      tail: this.#tail,
      unusable: history.unusable,
      running: state === 'running',
    });
    const all = [...notes, ...damage, ...(pool.note ? [pool.note] : [])];
    const rates = history.imagesPerSecond.y;
    return {
      id: this.directory,
      name,
      directory,
      state,
      stateText,
      created: record.created,
      task: summary?.task ?? history.task,
      student: summary?.student ?? stringOf(config.student),
      teachers: [config.teacher ?? []].flat().map(textOf),
      methods: pinned?.plugins?.map(nameOf).filter(isMethod),
      data: stringOf(config.data),
      backend: backend && `${backend.name} (${backend.device}, ${backend.precision})`,
      seed: numberOf(config.seed),
      likeness: likenessOf(record),
      parameters: summary?.parameters,
      headRule: summary?.headRule,
      epochs: summary?.epochs ?? numberOf(config.epochs),
      steps: summary?.steps ?? history.steps,
      step: history.step,
      seconds: summary?.seconds ?? (history.seconds || undefined),
      secondsLeft: state === 'running' ? secondsLeft(history) : undefined,
      imagesPerSecond: rates.length > 0 ? median(rates) : undefined,
      trainLoss: summary?.trainLoss ?? history.trainLoss,
      curves: {
        loss: loggedCurve(history.loss),
        terms: Object.fromEntries([...history.terms].map(([term, curve]) => [term, loggedCurve(curve)])),
        learningRate: drawnCurve(history.learningRate),
        imagesPerSecond: loggedCurve(history.imagesPerSecond),
      },
      validation: Object.fromEntries(history.validation),
      bestEpoch: summary?.validation ? summary.validation.bestEpoch + 1 : history.bestEpoch,
      bestWeights: summary?.validation ? summary.validation.bestWeights : history.bestWeights,
      scores: runScores(summary, history),
      teacherScores: [...history.teachers],
      notes: all,
      log: [...history.log],
      config: configFacts(config, record.origins),
      environment: Object.entries({
        kdx: record.kdx,
        begun: record.created,
        folder: record.cwd,
        ...environment,
        'back end': backend && textOf(backend),
        data: pinned?.data,
        student: pinned?.student,
        ...Object.fromEntries((pinned?.teachers ?? []).map((teacher, k) => [`teacher ${k + 1}`, teacher])),
        ...Object.fromEntries((pinned?.plugins ?? []).map((plugin, k) => [`plugin ${k + 1}`, plugin])),
      }).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: textOf(value) }])),
      confusion,
      pool: pool.view,
    };
  }
}

/** Equal for runs that differ in nothing but their seed, and in what changes no result. */
function likenessOf({ config, pinned }: SoundRecord): string | undefined {
  if (config === undefined || pinned === undefined) return undefined;
  const { seed: _, teacherCache, hookTimeout, out, threads, ...rest } = config;
  const { backend, data, student, teachers, plugins } = pinned;
  const where = backend && [backend.name, backend.device, backend.precision];
  return createHash('sha256')
    .update(stableJson([rest, where, data, student, teachers, plugins]))
    .digest('hex')
    .slice(0, 16);
}

function isBusy(directory: string): boolean {
  try {
    return RunStore.open(directory).isBusy();
  } catch {
    // Without its config.json a folder is no run that anyone writes.
    return false;
  }
}

/** `deit@0.1.0 {…}` → `deit`. */
const nameOf = (pinned: string): string => pinned.replace(/(?<=.)@.*$/s, '');
/** Observers change nothing of a run, and the base task is part of every one. */
const isMethod = (plugin: string): boolean => plugin !== BASE_TASK && !builtInObservers().includes(plugin);
const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
