import type { Plugin } from '../contracts/plugin.js';
import { configureContext, type Unbuilt } from './configure-context.js';
import type { PluginRegistry } from './plugin-registry.js';
import { runPhase } from './run-phase.js';
import { type BuiltModels, setupContext } from './setup-context.js';

/** Runs a plugin's `configure()`, before the models are built. @throws KdxError as `runPhase` */
export async function configurePlugin(
  registry: PluginRegistry,
  { definition, options }: Plugin,
  unbuilt: Unbuilt,
): Promise<void> {
  const { name } = definition;
  let open = true;
  const context = () => configureContext(registry, name, unbuilt, () => open);
  await runPhase(phaseOf(registry, name, 'configure'), () => definition.configure?.(context(), options));
  open = false;
}

/** Runs a plugin's `setup()` against the built models. @throws KdxError as `runPhase` */
export async function setUpPlugin(
  registry: PluginRegistry,
  { definition, options }: Plugin,
  built: BuiltModels,
): Promise<void> {
  registry.beginSetup();
  const { name } = definition;
  const context = () => setupContext(registry, name, built);
  await runPhase(phaseOf(registry, name, 'setup'), () => definition.setup?.(context(), options));
}

const phaseOf = ({ engine }: PluginRegistry, plugin: string, phase: 'configure' | 'setup') => ({
  plugin,
  called: engine.told(plugin),
  phase,
  timeoutMs: engine.hooks.timeoutMs,
});
