/**
 * Every error that kdx raises on purpose: one sentence with a stable code, what was wrong, where, and what fixes it.
 */
export class KdxError extends Error {
  override readonly name = 'KdxError';

  constructor(
    /** Stable, `KDX_…`. */
    readonly code: string,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

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
