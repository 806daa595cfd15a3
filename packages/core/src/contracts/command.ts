import type { BackendInfo } from '@kdx/tensor';
import type { z } from 'zod';
import type { RunWarning } from '../plan/warning.js';
import type { DataSource } from './data.js';
import type { ModelRecipe } from './model.js';

/**
 * A command that a plugin brings to `kdx`. A package that has some exports their list as `commands` from its door `./commands`,
 * which loads nothing heavy, so that `kdx --help` can list them; `definePlugin()` takes the same list.
 */
export interface PluginCommand {
  /** One word, such as `synth`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Loads the command when it is used, or its help is. */
  load(): Promise<CommandDefinition>;
}

/** What a command takes and does. */
export interface CommandDefinition<Flags = never> {
  /** First lines of its help. */
  readonly description: string;
  readonly flags: readonly CommandFlag[];
  /** Flags that commands of kdx have in common; they follow those of its own. */
  readonly shared?: readonly ('plugins' | 'backend' | 'json')[];
  /** Last lines of its help: an example. */
  readonly example: string;
  /** Below the options in `--help-all`. */
  readonly notes?: string;
  /** Flags that `--help` leaves to `--help-all`, such as `--device`. */
  readonly seldom?: readonly string[];
  /** @param flags values by the flags' names in camel case */
  run(flags: Flags, host: CommandHost): Promise<void>;
}

/** A flag as data. */
export interface CommandFlag {
  /** `--images <n>`; one without a value is true when it is given. */
  readonly flags: string;
  readonly description: string;
  /** Numbers are checked; text is as it was typed. Default text. */
  readonly takes?:
    | { readonly number: 'whole'; readonly least: number; readonly most?: number }
    | { readonly number: 'probability' };
  readonly choices?: readonly string[];
  readonly default?: unknown;
  /** The command is refused without it. */
  readonly required?: boolean;
  /** Values of a flag that may be given several times are a list. */
  readonly repeatable?: boolean;
  /** Reads a text in a way of its own. @throws KdxError */
  parse?(text: string): unknown;
}

/** What a command gets of the program that runs it: names, back ends, output, signals. */
export interface CommandHost {
  /** Standard output, which plugins otherwise cannot reach. */
  readonly stdout: NodeJS.WriteStream;
  /** A line on stdout. */
  print(line: string): void;
  /** A line on stderr for a person, dim. */
  note(line: string): void;
  /** A warning on stderr. */
  warn(warning: RunWarning): void;
  /** @throws KdxError `KDX_CONFIG` for what cannot be a folder to write to: a blank path, a file, the root of a disk */
  checkFolder(directory: string): void;
  /** Names of models and data sets, those of plugins first. The caller closes it. */
  openNames(plugins: string | undefined): Promise<CommandNames>;
  /** Loads the back end that the shared flags name. */
  selectBackend(flags: BackendFlags): Promise<CommandBackend>;
  /** sha256 of a file, hexadecimal. @throws KdxError `KDX_WEIGHTS_MISSING` */
  hashFile(file: string): Promise<string>;
  /**
   * Settings under every `--set path=value`, checked.
   * @throws KdxError `KDX_SET`, `KDX_CONFIG` naming each wrong key
   */
  withAssignments<T>(
    base: T,
    assignments: readonly string[],
    of: { readonly schema: z.ZodType<T>; readonly command: string },
  ): T;
  /** Listens for Ctrl-C and its like; `say` is called at the first. A second one ends the program. */
  listenForInterrupt(say: () => void): { readonly signal: AbortSignal; release(): void };
}

/** Names of models and data sets. */
export interface CommandNames {
  model(name: string): Promise<ModelRecipe>;
  data(spec: string): Promise<DataSource>;
  close(): Promise<void>;
}

/** Values of the shared flags `backend`. */
export interface BackendFlags {
  readonly backend: string;
  readonly device?: string;
  readonly precision?: 'float32' | 'bf16' | 'auto';
  readonly threads?: number | 'auto';
}

export interface CommandBackend {
  readonly info: BackendInfo;
  /** Why this one, in words. */
  readonly why: string;
  /** What it decided by itself, a sentence each. */
  readonly notes: readonly string[];
}
