import type { OptimizerRule, RuleUpdate } from '@kdx/tensor';
import { isKdxError, type KdxError, messageOf } from '@kdx/tensor';
import type { Schedule } from '../contracts/schedule.js';
import type { LossBalance } from '../contracts/term.js';
import { kdxError } from '../errors.js';
import { checkedSchedule } from '../expected/checked-schedule.js';
import { isPromise, silence } from '../expected/describe-value.js';
import { balance, headRule, schedule } from '../expected/kinds.js';
import { dataSource } from '../expected/model-kinds.js';
import { evaluator, eventSink, optimizerRule, storage } from '../expected/service-kinds.js';
import type { Shape } from '../expected/shape.js';
import { inPlugin } from '../plugin-scope.js';
import {
  DATA_SOURCE,
  EVALUATOR,
  EVENT_SINK,
  HEAD_RULE,
  LEARNING_RATE,
  LOSS_BALANCE,
  OPTIMIZER,
  RUN_STORE,
} from './tokens.js';

/** What each slot of a run takes. A slot that plugins agree on among themselves takes anything. */
export const SLOT_VALUES: ReadonlyMap<symbol, Shape> = new Map<symbol, Shape>([
  [DATA_SOURCE, dataSource],
  [EVALUATOR, evaluator],
  [EVENT_SINK, eventSink],
  [HEAD_RULE, headRule],
  [LEARNING_RATE, schedule],
  [LOSS_BALANCE, balance],
  [OPTIMIZER, optimizerRule],
  [RUN_STORE, storage],
]);

/** A plugin's optimiser, with the plugin's name in whatever it throws. */
function checkedRule(rule: OptimizerRule, plugin: string): OptimizerRule {
  const failed = (what: string, cause?: unknown): KdxError =>
    kdxError('KDX_OPTIMIZER_FAILED', `Optimizer ${rule.name} of plugin "${plugin}" ${what}.`, { cause });
  return {
    name: rule.name,
    text: rule.text,
    slots: rule.slots,
    update: (updates: readonly RuleUpdate[]) => {
      let result: unknown;
      try {
        result = inPlugin(plugin, () => rule.update(updates));
      } catch (cause) {
        throw isKdxError(cause) ? cause : failed(`failed: ${messageOf(cause)}`, cause);
      }
      if (!isPromise(result)) return;
      silence(result);
      throw failed('gave a promise; update() must change the parameters before it returns');
    },
  };
}

/** What a run registers for a claim: the plugin's value, guarded where the run calls it at every step. */
export function slotValue(slot: symbol, { plugin, value }: { plugin: string; value: unknown }): unknown {
  if (slot === OPTIMIZER) return checkedRule(value as OptimizerRule, plugin);
  if (slot === LEARNING_RATE) {
    return checkedSchedule(value as Schedule, plugin, `The learning rate of plugin "${plugin}"`);
  }
  if (slot === LOSS_BALANCE) return checkedBalance(value as LossBalance, plugin);
  return value;
}

const checkedBalance = (weights: LossBalance, plugin: string): LossBalance =>
  Object.fromEntries(
    Object.entries(weights).map(([group, weight]) => [
      group,
      typeof weight === 'object'
        ? checkedSchedule(weight, plugin, `The balance of ${group} by plugin "${plugin}"`)
        : weight,
    ]),
  );
