import type { RunWarning } from '@kdx/core';
import type { KdxError } from '@kdx/tensor';
import { warnProcess } from '@kdx/tensor/errors';

/**
 * What the program around this library does while code of plugins loads: a library itself guards no process, and its warnings are
 * those of Node's process.
 */
export interface PluginHost {
  /**
   * Called before a plugin's file is imported.
   * @param ended what a plugin that ends the process is refused with
   * @param refuse rejects the load
   * @returns called once the file has loaded or failed
   */
  loading(ended: KdxError, refuse: (error: KdxError) => void): () => void;
  /** A plugin that does not come with kdx has loaded from `file`. */
  loaded(plugin: string, file: string): void;
  /** Something to know that ends nothing. */
  warn(warning: RunWarning): void;
}

const NO_HOST: PluginHost = { loading: () => () => {}, loaded: () => {}, warn: warnProcess };

let host = NO_HOST;

/** The host of this process; a process imports a module once, whoever asks for it. */
export const pluginHost = (): PluginHost => host;

/** Sets the host of this process. `kdx` does so at its start. */
export function setPluginHost(given: PluginHost): void {
  host = given;
}
