/**
 * Raises a warning of Node's process, which a program can listen for or silence: without a listener of kdx's own a warning would
 * be lost.
 */
export const warnProcess = ({ code, message }: { readonly code: string; readonly message: string }): void =>
  process.emitWarning(message, { type: 'KdxWarning', code });
