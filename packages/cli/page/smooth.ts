/**
 * Exponential mean of a curve, with the start not drawn towards 0 (Kingma and Ba, 2015, section 3).
 * @param weight of what came before, in [0, 1)
 */
export function smooth(values: readonly number[], weight: number): number[] {
  let [mean, share] = [0, 0];
  return values.map((value) => {
    mean = weight * mean + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return mean / share;
  });
}
