import type { EventSink } from './event-sink.js';

/** Where a run keeps what it makes. By default a folder; see `RunStore`. */
export interface RunStorage {
  /** Shown in messages and given to plugins. */
  readonly directory: string;
  readonly events: EventSink;
  /** Path of a file of the run, from its parts. */
  path(...parts: string[]): string;
  /** Path of a checkpoint, a safetensors file. */
  checkpoint(name: 'last' | 'best'): string;
  /** Whether the run has written this checkpoint. */
  hasCheckpoint(name: 'last' | 'best'): boolean;
  writeJson(file: string, value: unknown): void;
  /** Claims the place for writing, until {@link close}. Called before the first write of a run. */
  claim(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Called before each write; throws when another process has taken the place over. */
  confirm(): void;
  close(): void;
}
