import type { PluginCommand } from '@kdx/core';

/** What this plugin brings to `kdx`. Loads nothing before a command is used. */
export const commands: readonly PluginCommand[] = [
  {
    name: 'synth',
    summary: 'Makes images from a trained network, to train without data.',
    load: async () => (await import('./command/synth.js')).synthCommand,
  },
];
