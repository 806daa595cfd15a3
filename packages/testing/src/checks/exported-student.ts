import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Model, type ModelRecipe } from '@kdx/core';
import { exportStudent } from '@kdx/core/run';
import { readSafetensors } from '@kdx/tensor';
import { Finding } from '../failure.js';
import { kitModel } from '../kit/models.js';
import { kitRun, usingRun } from '../kit/run.js';
import type { Subject } from '../subject.js';

/** The exported student is the plain one, with what `adaptStudent` asked for: no helper module goes with it. */
export async function checkExportedStudent(subject: Subject): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-conformance-'));
  let adapted = kitModel(subject.student);
  const student = remembering(adapted, (recipe) => {
    adapted = recipe;
  });
  const run = await kitRun({ ...subject, student }, { settings: { epochs: 1 } });
  try {
    await usingRun(run, async ({ composition }) => {
      await run.fit();
      const { student, headRule, data, settings } = composition;
      const plain = await adapted.build({
        classes: data.labelNames.length,
        imageSize: data.imageSize,
        mean: data.mean,
        std: data.std,
        seed: settings.seed,
      });
      const [file, plainFile] = [join(folder, 'student'), join(folder, 'plain')];
      try {
        await exportStudent(student, file, { headRule });
        await exportStudent(plain, plainFile, { headRule });
        const [found, expected] = [await shapesOf(file), await shapesOf(plainFile)];
        compare(found, expected, plain);
      } finally {
        plain.dispose();
      }
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Tells each recipe that the given one is adapted to. */
const remembering = (recipe: ModelRecipe, adapted: (recipe: ModelRecipe) => void): ModelRecipe => ({
  name: recipe.name,
  weights: recipe.weights,
  supports: recipe.supports,
  adapt(adaptation, value) {
    const next = recipe.adapt(adaptation, value);
    adapted(next);
    return remembering(next, adapted);
  },
  build: (options) => recipe.build(options),
});

async function shapesOf(file: string): Promise<Map<string, string>> {
  const { tensors } = await readSafetensors(file);
  return new Map([...tensors].map(([name, { shape }]) => [name, `[${shape}]`]));
}

function compare(
  found: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
  { spec }: Model,
): void {
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const [is, shall] = [found.get(name) ?? 'nothing', expected.get(name) ?? 'nothing'];
    if (is === shall) continue;
    throw new Finding(
      `the exported student has ${is} for ${name}, where ${spec.name} has ${shall}; put what helps training into addModule(), and change the student with adaptStudent() only.`,
    );
  }
}
