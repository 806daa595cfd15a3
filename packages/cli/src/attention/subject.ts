import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type ModelRecipe } from '@kdx/core';
import { model, readWeightsInfo } from '@kdx/models';
import { kdxError } from '../errors.js';

/** Turns a model's name into its recipe, e.g. as plugins know it. */
type FindModel = (name: string) => ModelRecipe | Promise<ModelRecipe>;

/** A model whose attention is asked for. */
export interface Subject {
  /** What stands at its line; those of one label are runs of one arm. */
  readonly label: string;
  /** As it was said, without the label. */
  readonly said: string;
  readonly recipe: ModelRecipe;
}

/**
 * Reads `[label=]M`, where M is a model such as `deit_tiny_patch16_224?img=32@student.safetensors` or the folder of a
 * finished run. Without a label it is what was said, and for a run of `kdx bench` (`…/ARM/seed-N`) the arm.
 * @throws KdxError `KDX_CONFIG`, `KDX_RUN_MISSING`, `KDX_RUN_BROKEN`, `KDX_WEIGHTS_…`, `KDX_MODEL_…`
 */
export async function readSubject(text: string, find: FindModel = model): Promise<Subject> {
  // The "=" of a label comes before any option, weights file or folder.
  const [, before, after] = /^([^=?@/\\]*)=(.*)$/s.exec(text) ?? [];
  if (before === '' || after === '') {
    throw kdxError('KDX_CONFIG', `--model takes [label=]model or [label=]folder and got "${text}".`);
  }
  const said = after ?? text;
  if (existsSync(join(said, 'config.json'))) {
    return { label: before ?? armOf(said), said, recipe: await studentOf(said, find) };
  }
  if (/[/\\]/.test(said) && !/[?@]/.test(said)) {
    throw kdxError(
      'KDX_RUN_MISSING',
      `${said} holds no run (no config.json in it); give --model the folder of a run, or a model with its weights: "name@file.safetensors".`,
    );
  }
  return { label: before ?? said, said, recipe: await find(said) };
}

/**
 * Every subject, in order.
 * @throws KdxError what {@link readSubject} throws, and `KDX_CONFIG` where one is there twice
 */
export async function readSubjects(texts: readonly string[], find: FindModel = model): Promise<Subject[]> {
  const subjects = await Promise.all(texts.map((text) => readSubject(text, find)));
  const seen = new Set<string>();
  for (const { label, said, recipe } of subjects) {
    const key = JSON.stringify([label, recipe.name, recipe.weights && resolve(recipe.weights)]);
    if (seen.has(key)) {
      throw kdxError(
        'KDX_CONFIG',
        `--model ${said} is there twice under the label "${label}", and would count as two runs; leave one out.`,
      );
    }
    seen.add(key);
  }
  return subjects;
}

const armOf = (run: string): string => {
  const folder = resolve(run);
  return /^seed-\d+$/.test(basename(folder)) ? basename(dirname(folder)) : run;
};

/**
 * The student that a run left. The exported file says what it is: plugins may have adapted what `config.json` asks for.
 * @throws KdxError `KDX_WEIGHTS_MISSING`, `KDX_RUN_BROKEN`
 */
async function studentOf(run: string, find: FindModel): Promise<ModelRecipe> {
  const file = join(run, 'student.safetensors');
  if (!existsSync(file)) {
    throw kdxError(
      'KDX_WEIGHTS_MISSING',
      `${run} has no student.safetensors, so its run has not ended; finish it with kdx run --resume ${run}.`,
    );
  }
  const { model: name } = await readWeightsInfo(file);
  if (name === undefined) {
    throw kdxError(
      'KDX_RUN_BROKEN',
      `${file} does not say which model it holds, so kdx did not write it; name the model: "name@${file}".`,
    );
  }
  return find(`${name}@${file}`);
}
