/** K, how many of a ViT's blocks are early to DearKD: a third of them, rounded, at least one; 4 of 12 (spec of DearKD §2.3). */
export const earlyBlocks = (depth: number): number => Math.max(1, Math.round(depth / 3));
