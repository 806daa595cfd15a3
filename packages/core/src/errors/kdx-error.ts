/**
 * Every error that kdx raises on purpose: one sentence with a stable code, what was wrong, where, and what mends it.
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
  return error instanceof Error && /^KDX_/.test((error as { code?: string }).code ?? '');
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
