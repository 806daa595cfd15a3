import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource, Transform } from '@kdx/core';
import { digestOf } from '../digest.js';
import { missingFiles, wrongNameCount } from '../errors.js';
import { sourceFolder } from '../spec/source-folder.js';
import type { CifarLayout } from './layouts.js';
import { CIFAR_IMAGE_SIZE, checkRecords, recordSplit } from './records.js';

/**
 * Opens the binary version of CIFAR-10 or CIFAR-100. Its bytes stay in memory (184 MB) and become numbers when an image
 * is read.
 * @param directory the folder of the official archive, or the one it lies in
 * @throws KdxError `KDX_DATA_MISSING`, `KDX_DATA_TRUNCATED`, `KDX_DATA_LABEL`, `KDX_DATA_NAMES`
 */
export async function openCifar(
  layout: CifarLayout,
  directory: string,
  name: string,
  augment: readonly Transform[],
): Promise<DataSource> {
  const folder = findFolder(layout, directory);
  const namesPath = join(folder, layout.namesFile);
  const labelNames = (await readFile(namesPath, 'utf8'))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (labelNames.length !== layout.classes)
    throw wrongNameCount(namesPath, labelNames.length, layout.classes);

  const read = async (file: string): Promise<Buffer> => {
    const path = join(folder, file);
    const bytes = await readFile(path);
    checkRecords(bytes, layout, path);
    return bytes;
  };
  const batches = await Promise.all(layout.trainFiles.map(read));
  const train = batches.length === 1 ? batches[0] : Buffer.concat(batches);
  const test = await read(layout.testFile);
  return {
    name,
    digest: digestOf([layout.family, labelNames.join('\n'), train, test]),
    imageSize: CIFAR_IMAGE_SIZE,
    mean: layout.statistics.mean,
    std: layout.statistics.std,
    labelNames,
    train: recordSplit(train, layout),
    test: recordSplit(test, layout),
    augment,
  };
}

function findFolder(layout: CifarLayout, directory: string): string {
  const given = sourceFolder(directory);
  const files = [...layout.trainFiles, layout.testFile, layout.namesFile];
  const missingIn = (folder: string) => files.filter((file) => !existsSync(join(folder, file)));
  const inside = join(given, layout.folder);
  const folder = existsSync(inside) ? inside : given;
  const missing = missingIn(folder);
  if (missing.length === 0) return folder;
  throw missingFiles(
    layout.title,
    folder,
    missing,
    `run "kdx data fetch ${layout.family}", or download ${layout.archive} (the binary version), unpack it and write ${layout.family}:DIR, where DIR is the ` +
      `folder "${layout.folder}" or the one it lies in`,
  );
}
