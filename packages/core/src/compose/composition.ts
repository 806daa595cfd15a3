import type { OptimizerRule, ParameterStore } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { DataSource } from '../contracts/data.js';
import type { HeadRule, Model } from '../contracts/model.js';
import type { LayerCall } from '../contracts/module.js';
import type { Sampler } from '../contracts/sampler.js';
import type { Clock, Schedule } from '../contracts/schedule.js';
import type { RunRng } from '../contracts/slot.js';
import type { Task } from '../contracts/task.js';
import type { LossBalance, Ref, Term, TermGroup } from '../contracts/term.js';
import type { RunWarning } from '../plan/warning.js';
import type { RunSettings } from '../settings/settings.js';
import type { HookDriver } from './hook-driver.js';
import type { ParsedRef } from './refs.js';
import type { PluginSet } from './resolve-plugins.js';
import type { RunContainer } from './run-container.js';

/** A term with the plugin's prefix, its reads parsed and its weight a schedule. */
export interface ComposedTerm extends Omit<Term, 'weight' | 'reads' | 'trains' | 'id'> {
  /** `<plugin>/<id>`. */
  readonly id: string;
  readonly plugin: string;
  readonly weight: Schedule;
  readonly reads: ReadonlyMap<Ref, ParsedRef>;
  readonly trains: readonly string[];
  /** Set when another plugin made it redundant. */
  readonly superseded?: { readonly by: string; readonly reason: string };
}

/** A helper module, built. */
export interface ComposedModule {
  /** `<plugin>/<name>`. */
  readonly id: string;
  readonly plugin: string;
  readonly inputs: ReadonlyMap<Ref, ParsedRef>;
  readonly store: ParameterStore;
  /** Epoch at which it leaves the optimiser; infinite when it never does. */
  readonly activeUntil: number;
  /** Without the batch axis. */
  readonly outputShape: readonly number[];
  forward(inputs: readonly tf.Tensor[], call: LayerCall): tf.Tensor;
}

/** A run, wired and frozen: what is left is to train it. */
export interface Composition {
  readonly settings: RunSettings;
  readonly data: DataSource;
  readonly student: Model;
  readonly teachers: readonly Model[];
  /** Which adaptation of the student which plugin asked for. */
  readonly adaptations: readonly { readonly adaptation: string; readonly plugin: string }[];
  readonly plugins: PluginSet;
  /** `TASK` */
  readonly task: Task;
  /** Sorted by id, so that sums do not depend on the order of plugins. */
  readonly terms: readonly ComposedTerm[];
  readonly modules: ReadonlyMap<string, ComposedModule>;
  /** Models of which a plugin asked for a parameter, by name; its terms may use that without naming it in `reads`. */
  readonly parametersOf: ReadonlySet<string>;
  /** Weights of the loss groups, `LOSS_BALANCE`. */
  readonly balance: LossBalance;
  /** The plugin that holds the balance, if any. */
  readonly balanceOwner: string | undefined;
  /** `HEAD_RULE` */
  readonly headRule: HeadRule;
  /** The plugin that chose it; undefined when a setting or the default did. */
  readonly headRuleOwner: string | undefined;
  /** The plugin that provides the learning rate; undefined where the settings do. */
  readonly rateOwner: string | undefined;
  readonly hooks: HookDriver;
  /** `LEARNING_RATE` */
  readonly learningRate: Schedule;
  /** `OPTIMIZER` */
  readonly optimizer: OptimizerRule;
  /** Keyed random streams of the run, `RNG`. */
  readonly rng: RunRng;
  /** All services of the run; those named here come from it. */
  readonly container: RunContainer;
  readonly stepsPerEpoch: number;
  /** Images that an epoch shows, repeats included. */
  readonly showings: number;
  /** The plugin's that chooses them; undefined where the settings do. */
  readonly sampler: Sampler | undefined;
  /** What weight files say that the data contradicts, and classes without training images. */
  readonly warnings: readonly RunWarning[];
  /** Frees the models that were built for this run, and its helper modules. */
  dispose(): void;
}

/** Value of the balance for a group; `aux` is never touched. */
export function balanceAt(balance: LossBalance, group: TermGroup, clock: Clock): number {
  if (group === 'aux') return 1;
  const value = balance[group] ?? 1;
  return typeof value === 'number' ? value : value.at(clock);
}

/** balance(group, e) · weight(e): what a term is multiplied with. 0 when it is superseded. */
export function effectiveWeight(
  composition: Pick<Composition, 'balance'>,
  term: ComposedTerm,
  clock: Clock,
): number {
  return term.superseded ? 0 : balanceAt(composition.balance, term.group, clock) * term.weight.at(clock);
}
