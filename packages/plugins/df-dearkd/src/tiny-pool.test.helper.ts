import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { model } from '@kdx/models';
import type { SynthesizeOptions } from './synthesis/request.js';
import { SYNTHESIS_PRESETS, type SynthesisSettings } from './synthesis/settings.js';
import { synthesize } from './synthesis/synthesize.js';

/** Five classes, 8×8: what the conformance kit's images are. */
export const tinyNetwork = (seed = 3) =>
  model('cifar_resnet8').build({
    classes: 5,
    imageSize: [8, 8, 3],
    seed,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
  });

export const tinySettings = (over: Partial<SynthesisSettings> = {}): SynthesisSettings => ({
  ...SYNTHESIS_PRESETS.cifar,
  classesPerBatch: 2,
  imagesPerClass: 2,
  phases: [{ iterations: 6, scale: 1 }],
  warmup: 2,
  ...over,
});

export const identity = (letter: string) => ({ name: 'cifar_resnet8', sha256: letter.repeat(64) });

export async function temporaryFolder(t: { teardown(run: () => Promise<void>): void }): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kdx-synth-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'pool');
}

/** A pool of noise, which takes no time. */
export async function noisePool(directory: string, over: Partial<SynthesizeOptions> = {}): Promise<void> {
  const network = await tinyNetwork();
  try {
    await synthesize({
      inverted: { model: network, identity: identity('a') },
      directory,
      images: 20,
      settings: tinySettings({ phases: [] }),
      ...over,
    });
  } finally {
    network.dispose();
  }
}
