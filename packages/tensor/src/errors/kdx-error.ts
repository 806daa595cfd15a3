/**
 * How a command ends with a code: `usage` (2) for what was refused because of what was typed or configured, `failure` (3) for what
 * went wrong while it ran, `interrupted` (130), `internal` (1) for a fault of kdx. A `warning` ends nothing.
 */
export type Exit = 'usage' | 'failure' | 'interrupted' | 'internal' | 'warning';

export interface KdxErrorOptions {
  readonly cause?: unknown;
  /** How a command ends with it. Default that of a `cause` with the same code, otherwise `failure`. */
  readonly exit?: Exit;
}

/** Every error that kdx raises on purpose: one sentence with a stable code, what was wrong, where, and what fixes it. */
export class KdxError extends Error {
  override readonly name = 'KdxError';
  /** How a command ends with it. */
  readonly exit: Exit;

  constructor(
    /** Stable, `KDX_…`. */
    readonly code: string,
    message: string,
    { cause, exit }: KdxErrorOptions = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.exit = exit ?? exitOf(cause, code) ?? 'failure';
  }
}

/** An error that only says more of another keeps its exit. */
const exitOf = (cause: unknown, code: string): Exit | undefined =>
  isKdxError(cause) && cause.code === code ? cause.exit : undefined;

/** True for a {@link KdxError} of this or another copy of the package. */
export function isKdxError(error: unknown): error is KdxError {
  try {
    if (!(error instanceof Error)) return false;
    const { code } = error as { code?: unknown };
    return typeof code === 'string' && /^KDX_/.test(code) && typeof error.message === 'string';
  } catch {
    // A proxy, or a getter that throws.
    return false;
  }
}

/** The message of anything that was thrown. Never throws, whatever the value does. */
export function messageOf(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : String(error);
    return typeof text === 'string' ? text : 'a value without a message';
  } catch {
    return 'a value that cannot be read';
  }
}
