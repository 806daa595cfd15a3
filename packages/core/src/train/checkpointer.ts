import type { Ema, HostTensor, Optimizer } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { inject, injectable } from 'tsyringe';
import type { Composition } from '../compose/composition.js';
import { COMPOSITION, EVENT_SINK, EVENT_STREAM, RUN_STORE } from '../compose/tokens.js';
import type { EventSink } from '../contracts/event-sink.js';
import type { PluginState } from '../contracts/hook.js';
import type { RunStorage } from '../contracts/storage.js';
import { kdxError } from '../errors.js';
import type { EventStream } from '../events/event-stream.js';
import { type Checkpoint, readCheckpoint, snapshot, writeCheckpoint } from '../store/checkpoint.js';
import { checkFiniteWeights, checkPluginState } from './checkpoint-checks.js';
import type { BestEpoch, Progress } from './progress.js';
import { prefixed, restoreVariables, runVariables, STUDENT_PREFIX } from './run-tensors.js';

interface Stateful {
  readonly optimizer: Optimizer;
  readonly ema: Ema | undefined;
}

type Saved = Omit<Progress, 'plugins'>;

/** Saves and restores all that an exact resume needs: weights, optimiser, EMA, helper modules, plugin state, position. */
@injectable()
export class Checkpointer {
  /** The best student when the run has no folder. */
  #best: ReadonlyMap<string, HostTensor> | undefined;

  constructor(
    @inject(COMPOSITION) private readonly composition: Composition,
    @inject(EVENT_STREAM) private readonly events: EventStream,
    @inject(RUN_STORE) private readonly store: RunStorage | undefined,
    @inject(EVENT_SINK) private readonly sink: EventSink | undefined,
  ) {}

  /** Writes `checkpoints/<name>`. Call only when all losses so far were finite. */
  async save(name: 'last' | 'best', progress: Saved, { optimizer, ema }: Stateful): Promise<void> {
    const { hooks, plugins } = this.composition;
    if (!this.store) {
      if (name === 'best') {
        const averages = new Map([...(ema?.state() ?? [])].map(([key, tensor]) => [`ema/${key}`, tensor]));
        this.#best = await snapshot(new Map([...this.#variables(), ...averages]));
      }
      return;
    }
    this.store.confirm();
    const pluginState: Record<string, PluginState> = {};
    for (const { definition } of plugins.ordered) {
      const state: PluginState = {};
      await hooks.seriesOf(definition.name, 'save', state);
      checkPluginState(definition.name, state);
      if (Object.keys(state).length > 0) pluginState[definition.name] = state;
    }
    const tensors = this.#variables();
    for (const [key, tensor] of optimizer.state()) tensors.set(`optimizer/${key}`, tensor);
    if (ema) for (const [key, tensor] of ema.state()) tensors.set(`ema/${key}`, tensor);
    const file = this.store.checkpoint(name);
    const copies = await snapshot(tensors);
    checkFiniteWeights(copies, progress.step, this.store.hasCheckpoint(name) ? file : undefined);
    await writeCheckpoint<Progress>(file, {
      tensors: copies,
      state: { ...progress, plugins: pluginState },
    });
    const weights = name === 'best' ? progress.best?.weights : undefined;
    this.events.send({ type: 'checkpoint', step: progress.step, name, file, ...(weights && { weights }) });
  }

  /** Puts the last checkpoint back; undefined when there is none yet. */
  async restore({ optimizer, ema }: Stateful): Promise<Saved | undefined> {
    if (!this.store?.hasCheckpoint('last')) {
      this.sink?.cutAfter(-1);
      return undefined;
    }
    const file = this.store.checkpoint('last');
    const { tensors, state }: Checkpoint<Progress> = await readCheckpoint<Progress>(file);
    if (state.best && !this.store.hasCheckpoint('best')) {
      throw kdxError(
        'KDX_CHECKPOINT',
        `${this.store.checkpoint('best')} is gone, the weights of epoch ${state.best.epoch + 1}, the best so far; put it back, or begin a new run with another --out.`,
      );
    }
    restoreVariables(runVariables(this.composition), tensors, file);
    optimizer.load(withoutPrefix(tensors, 'optimizer/'));
    ema?.load(withoutPrefix(tensors, 'ema/'));
    for (const [plugin, pluginState] of Object.entries(state.plugins)) {
      await this.composition.hooks.seriesOf(plugin, 'load', pluginState);
    }
    this.sink?.cutAfter(state.step);
    // Without what plugins keep, which is written last: the order of keys is part of a checkpoint's bytes.
    const { plugins: _, ...progress } = state;
    return progress;
  }

  /**
   * Runs `use` with the best validation epoch's weights, then puts the current ones back.
   * @param chosen says whether those are the student's or its average's
   */
  async withBest<T>({ weights }: Pick<BestEpoch, 'weights'>, use: () => Promise<T>): Promise<T> {
    const variables = runVariables(this.composition);
    const current = await snapshot(this.#variables());
    const file = this.store?.checkpoint('best') ?? 'the best weights';
    const best = this.store ? (await readCheckpoint<Progress>(file)).tensors : this.#best;
    if (!best) return use();
    try {
      restoreVariables(variables, weights === 'ema' ? withAverages(best) : best, file);
      return await use();
    } finally {
      restoreVariables(variables, current, 'the current weights');
    }
  }

  #variables(): Map<string, tf.Tensor> {
    const entries = [...runVariables(this.composition)].map(
      ([name, { variable }]) => [name, variable as tf.Tensor] as const,
    );
    return new Map(entries);
  }
}

/** A checkpoint's tensors with the averages in place of the student's own values. */
function withAverages(tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const averages = withoutPrefix(tensors, 'ema/average/');
  return new Map([...tensors, ...prefixed(STUDENT_PREFIX, averages)]);
}

function withoutPrefix(tensors: ReadonlyMap<string, HostTensor>, prefix: string): Map<string, HostTensor> {
  const found = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors)
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), tensor);
  return found;
}
