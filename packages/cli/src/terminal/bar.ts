import pc from 'picocolors';

/** How much of something is done, 0…1. */
export function bar(share: number): string {
  const width = 20;
  const filled = Math.round(share * width);
  return pc.cyan('━'.repeat(filled)) + pc.dim('━'.repeat(width - filled));
}
