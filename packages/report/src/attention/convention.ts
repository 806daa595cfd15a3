import type { AttentionResult } from './result.js';

/** How attention to special tokens was counted, and what to mind about it: one phrase or two. */
export function conventionPhrases({ renormalize, arms }: AttentionResult): string[] {
  if (renormalize) return ['attention of patches to patches made to sum to 1 (--renormalize)'];
  const counted = 'attention of patches to special tokens counted as distance 0';
  const tokens = [...new Set(arms.flatMap(({ runs }) => runs.map(({ specialTokens }) => specialTokens)))];
  if (tokens.length < 2) return [counted];
  const numbers = tokens.sort((a, b) => a - b).join(' and ');
  return [counted, `models have ${numbers} special tokens, which --renormalize leaves out`];
}
