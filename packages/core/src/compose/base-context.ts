import { type KdxError } from '@kdx/tensor';
import type { HookName } from '../contracts/hook.js';
import type { ConfigureContext } from '../contracts/plugin.js';
import { kdxError } from '../errors.js';
import { describeValue } from '../expected/describe-value.js';
import { balance as balanceShape } from '../expected/kinds.js';
import { ownedBy } from '../expected/owner.js';
import { anything, that } from '../expected/shape.js';
import { SLOT_VALUES } from '../expected/slot-values.js';
import { outsidePlugin } from '../plugin-scope.js';
import { checkBalance } from './checks.js';
import type { PluginRegistry } from './plugin-context.js';
import { HEAD_RULE, LOSS_BALANCE } from './tokens.js';

const isSymbol = that((value) => typeof value === 'symbol', 'a slot, such as OPTIMIZER');

const logged = (message: unknown): string => (typeof message === 'string' ? message : describeValue(message));

/** Error for a context method that is called after its phase has ended. */
export const frozen = (plugin: string, what: string, phase: string): KdxError =>
  kdxError(
    'KDX_FROZEN',
    `Plugin "${plugin}" calls ${what} after the run was wired; do it in ${phase}, before it returns.`,
  );

/** The part of a context that both phases share. */
export function baseContext(
  registry: PluginRegistry,
  plugin: string,
): Omit<ConfigureContext, 'student' | 'teachers' | 'adaptStudent'> {
  const { settings, directory, hooks, slots, rng, has, onLog } = registry.engine;
  const claim = (slot: symbol, value: unknown, what: string): void => {
    registry.open(plugin, what);
    registry.expect(isSymbol, slot, plugin, what);
    registry.expect(SLOT_VALUES.get(slot) ?? anything, value, plugin, what);
    ownedBy(value, plugin);
    slots.claim(slot, plugin, value);
  };
  return {
    plugin,
    epochs: settings.epochs,
    directory,
    has,
    hook: (name: HookName, run) => {
      registry.open(plugin, 'hook()');
      hooks.add(plugin, name, run);
    },
    provide: (slot, value) => claim(slot, value, 'provide()'),
    balance: (balance) => {
      registry.expect(balanceShape, balance, plugin, 'balance()');
      checkBalance(balance, plugin);
      claim(LOSS_BALANCE, balance, 'balance()');
    },
    headRule: (rule) => claim(HEAD_RULE, rule, 'headRule()'),
    rng: (...purpose) => rng('plugin', plugin, ...purpose),
    // A message of another kind would keep its event from being written.
    log: (message) => outsidePlugin(() => onLog(plugin, logged(message))),
  };
}
