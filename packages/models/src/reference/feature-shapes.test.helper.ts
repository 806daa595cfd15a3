import { model } from '../families/registry.js';

/** Shapes of a family's features f0 … f_last and of the pooled one, by the model's name, with 10 classes. */
export async function featureShapes(name: string): Promise<(readonly number[] | undefined)[]> {
  const net = await model(name).build({ classes: 10 });
  const shapes = [...net.spec.features.map(({ tap }) => tap), 'pooled'].map((path) => net.taps().get(path));
  net.dispose();
  return shapes;
}
