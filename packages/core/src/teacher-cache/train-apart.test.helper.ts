import * as tf from '@tensorflow/tfjs';
import { trained, WAYS } from './teacher-cache.test.helper.js';

// A process of its own: trains with the cache it is given and says what came of it.
await tf.setBackend('cpu');
const [directory, way] = process.argv.slice(2);
const { files, warnings } = await trained({ ...WAYS[way], directory });
process.send?.({ files, warnings }, () => process.disconnect());
