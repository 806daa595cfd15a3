import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<string | undefined>();

/**
 * Runs code of a plugin so that what it starts, also a timer or a promise that outlives the call, can be traced to it.
 */
export const inPlugin = <T>(plugin: string, run: () => T): T => scope.run(plugin, run);

/** Runs code of the engine that a plugin has called. */
export const outsidePlugin = <T>(run: () => T): T => scope.run(undefined, run);

/** The plugin whose code is running, or that started what is running. */
export const currentPlugin = (): string | undefined => scope.getStore();
