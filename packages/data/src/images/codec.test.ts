import test from 'ava';
import { decodePixels, resolveData } from '../index.js';
import { png } from './png.test.helper.js';

/** Whether this process has loaded sharp's native library. */
const isLoaded = (): boolean => {
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  return sharedObjects.some((file) => file.includes('libvips'));
};

test('data that is not made of image files does without sharp', async (t) => {
  await resolveData('shapes?train=12&validation=12&test=12');
  t.false(isLoaded());
  await decodePixels(png([1, 2, 3], [1, 1, 3]));
  t.true(isLoaded());
});
