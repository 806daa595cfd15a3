import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

/** What the torch back end's bridge tells of the memory of tensors on the host. */
const figures = z.object({ peak: z.number() });

interface WithBridge {
  readonly bridge: { memory(): unknown };
}

const hasBridge = (backend: object): backend is WithBridge =>
  'bridge' in backend && typeof (backend as Partial<WithBridge>).bridge?.memory === 'function';

/** The most bytes that libtorch's tensors took on the host so far; undefined on another back end. */
export function torchPeakBytes(): number | undefined {
  const backend: object = tf.backend();
  return hasBridge(backend) ? figures.safeParse(backend.bridge.memory()).data?.peak : undefined;
}
