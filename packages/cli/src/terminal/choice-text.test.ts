import type { HeadScores, RunSummary } from '@kdx/core';
import test from 'ava';
import { choiceText } from './choice-text.js';

const heads = (top1: number): HeadScores => ({ fused: { images: 100, top1, top5: 100, loss: 1, ece: 0 } });
const choice = (last: number, best: number, ema?: number, bestWeights?: 'ema'): string | undefined => {
  const validation: RunSummary['validation'] = {
    last: heads(last),
    best: heads(best),
    bestEpoch: 1,
    ...(bestWeights && { bestWeights }),
    ...(ema === undefined ? {} : { ema: heads(ema) }),
  };
  return choiceText({ validation });
};

test('the student with the highest validation score is named, and all scores', (t) => {
  t.is(
    choice(70, 72, 75),
    'by validation top-1 student.ema.safetensors: last 70.00 %, best (epoch 2) 72.00 %, averaged 75.00 %',
  );
  t.regex(choice(70, 72, 71) ?? '', /^by validation top-1 student\.best\.safetensors:/);
  t.regex(choice(70, 72, 71, 'ema') ?? '', /best \(epoch 2, averaged\) 72\.00 %/);
});

test('equal ones are all named, and without an average there is nothing to choose', (t) => {
  t.regex(choice(72, 72, 60) ?? '', /top-1 student\.safetensors or student\.best\.safetensors:/);
  t.is(choice(70, 72), undefined);
  t.is(choiceText({}), undefined);
});
