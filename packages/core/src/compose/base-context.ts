import type { HookName } from '../contracts/hook.js';
import type { ConfigureContext } from '../contracts/plugin.js';
import { HEAD_RULE, LOSS_BALANCE } from '../contracts/tokens.js';
import { KdxError } from '../errors/kdx-error.js';
import { checkBalance } from './checks.js';
import type { PluginRegistry } from './plugin-context.js';

/** What is called outside its phase. */
export const frozen = (plugin: string, what: string, phase: string): KdxError =>
  new KdxError(
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
      checkBalance(balance, plugin);
      claim(LOSS_BALANCE, balance, 'balance()');
    },
    headRule: (rule) => claim(HEAD_RULE, rule, 'headRule()'),
    rng: (...purpose) => rng('plugin', plugin, ...purpose),
    log: (message) => onLog(plugin, message),
  };
}
