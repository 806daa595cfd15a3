import type { HookName } from '../contracts/hook.js';
import type { ConfigureContext } from '../contracts/plugin.js';
import type { Token } from '../contracts/slot.js';
import { describeValue } from '../expected/describe-value.js';
import { balance as balanceShape } from '../expected/kinds.js';
import { ownedBy } from '../expected/owner.js';
import { anything, expectShape, type Shape, that } from '../expected/shape.js';
import { outsidePlugin } from '../plugin-scope.js';
import { checkBalance } from './checks.js';
import { injectedEarly, injectedMissing } from './plugin-errors.js';
import type { PluginRegistry } from './plugin-registry.js';
import { SLOT_VALUES } from './slot-values.js';
import { slotName } from './slots.js';
import { ENGINES_OWN, HEAD_RULE, LOSS_BALANCE, REPLACEABLE, RNG } from './tokens.js';

const isSymbol = that((value) => typeof value === 'symbol', 'a slot, such as OPTIMIZER');

const logged = (message: unknown): string => (typeof message === 'string' ? message : describeValue(message));

/**
 * Holds what a plugin gives to a method of its context to what that takes.
 * @throws KdxError `KDX_PLUGIN_VALUE`
 */
export const expectValue = (shape: Shape, value: unknown, plugin: string, method: string): void =>
  expectShape(shape, value, `Plugin "${plugin}", in ${method},`, 'KDX_PLUGIN_VALUE');

/** The part of a context that both phases share. */
export function baseContext(
  registry: PluginRegistry,
  plugin: string,
): Omit<ConfigureContext, 'student' | 'teachers' | 'adaptStudent'> {
  const { settings, directory, hooks, slots, has, onLog } = registry.engine;
  const own = registry.containerOf(plugin);
  const claim = (slot: symbol, value: unknown, what: string): void => {
    registry.refuseLate(plugin, what);
    expectValue(isSymbol, slot, plugin, what);
    expectValue(SLOT_VALUES.get(slot) ?? anything, value, plugin, what);
    ownedBy(value, plugin);
    slots.claim(slot, plugin, value);
  };
  return {
    plugin,
    epochs: settings.epochs,
    directory,
    has,
    hook: (name: HookName, run) => {
      registry.refuseLate(plugin, 'hook()');
      hooks.add(plugin, name, run);
    },
    provide: (slot, value) => claim(slot, value, 'provide()'),
    balance: (balance) => {
      expectValue(balanceShape, balance, plugin, 'balance()');
      checkBalance(balance, plugin);
      claim(LOSS_BALANCE, balance, 'balance()');
    },
    headRule: (rule) => claim(HEAD_RULE, rule, 'headRule()'),
    inject: (token) => {
      expectValue(isSymbol, token, plugin, 'inject()');
      return injected(registry, plugin, token);
    },
    rng: own.get(RNG),
    // A message of another kind would keep its event from being written.
    log: (message) => outsidePlugin(() => onLog(plugin, logged(message))),
  };
}

/** @throws KdxError `KDX_INJECT_EARLY`, `KDX_INJECT_MISSING` */
function injected<T>(registry: PluginRegistry, plugin: string, token: Token<T>): T {
  const services = registry.containerOf(plugin);
  if (services.has(token)) return services.get(token);
  const ofRun = ENGINES_OWN.includes(token) || REPLACEABLE.includes(token);
  if (ofRun || registry.phase !== 'wired') throw injectedEarly(plugin, slotName(token), registry.phase);
  throw injectedMissing(plugin, slotName(token));
}
