import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelRecipe } from '@kdx/core';
import { quoted } from '@kdx/core/text';
import { model, readWeightsInfo } from '@kdx/models';
import { isKdxError, type KdxError, statIfThere } from '@kdx/tensor';
import { kdxError } from '../errors.js';

/**
 * A model by its name; for a run's folder or a weight file in its place the error says what to write.
 * @throws KdxError `KDX_MODEL_NAME`, `KDX_MODEL_UNKNOWN`, `KDX_MODEL_OPTION`, `KDX_WEIGHTS_…`
 */
export async function namedModel(name: string): Promise<ModelRecipe> {
  try {
    return model(name);
  } catch (error) {
    if (!isKdxError(error) || !['KDX_MODEL_NAME', 'KDX_MODEL_UNKNOWN'].includes(error.code)) throw error;
    throw (await pathInPlaceOfName(name)) ?? error;
  }
}

/** The error for a path where a name is expected; undefined for what does not look like a path. */
async function pathInPlaceOfName(path: string): Promise<KdxError | undefined> {
  const found = statIfThere(path);
  if (found?.isDirectory()) return folderInPlaceOfName(path);
  if (found?.isFile()) {
    const { model: saved } = await readWeightsInfo(path);
    return saved === undefined
      ? notAName(
          `"${path}" is a weight file and does not say of which model`,
          `"MODEL@${path}", with the model it was saved from`,
        )
      : notAName(`"${path}" is a weight file`, quoted(`${saved}@${path}`));
  }
  if (!/[/\\]|\.safetensors$/.test(path) || /[?@]/.test(path)) return undefined;
  return notAName(`There is neither a model nor a file called "${path}"`, '"MODEL@FILE.safetensors"');
}

async function folderInPlaceOfName(folder: string): Promise<KdxError> {
  const [config, student] = ['config.json', 'student.safetensors'].map((name) => join(folder, name));
  if (existsSync(student)) {
    const { model: saved = 'MODEL' } = await readWeightsInfo(student);
    const named = quoted(`${saved}@${student}`);
    const data = dataOf(config);
    const example =
      data === undefined ? '' : `, for example: kdx eval --model ${named} --data ${quoted(data)}`;
    return notAName(`"${folder}" is the folder of a run`, `${named} for its student${example}`);
  }
  if (existsSync(config)) {
    return notAName(
      `"${folder}" is the folder of a run that has not ended`,
      `its student after "kdx run --resume ${folder}"`,
    );
  }
  return notAName(`"${folder}" is a folder without a run`, '"MODEL@FILE.safetensors"');
}

const notAName = (what: string, give: string): KdxError =>
  kdxError('KDX_MODEL_NAME', `${what}, where the name of a model is expected; give ${give}.`);

/** The --data that a run was started with; undefined where that cannot be read. */
function dataOf(config: string): string | undefined {
  try {
    const record = JSON.parse(readFileSync(config, 'utf8')) as { config?: { data?: unknown } } | null;
    const data = record?.config?.data;
    return typeof data === 'string' ? data : undefined;
  } catch {
    // The example is left out; the model is what matters.
    return undefined;
  }
}
