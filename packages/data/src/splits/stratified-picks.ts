import { keyedRng } from '@kdx/tensor';
import { classesUsedUp, subsetTooLarge } from '../errors.js';
import type { PickRequest, Picks } from './balanced-picks.js';
import { membersOf } from './members.js';

/** An image by its class and its place in the random order of that class. */
interface Place {
  readonly k: number;
  readonly place: number;
}

/**
 * Draws of each class its share, for classes of different sizes. Every class is put in the random order that
 * {@link pickBalanced} uses; the first pick takes from its front, the second from its back. Image `j` of a class of `n` stands at
 * (j + ½) / n, and a pick of `m` images takes the `m` lowest: Webster's method of seats, so that a smaller first pick lies within
 * a larger one of the same seed, and the second does not depend on the size of the first.
 *
 * Each class gives one image to a pick before any gives two, and its last image stays for the first pick. So no class is
 * taken away while it has one image for each.
 * @throws KdxError `KDX_DATA_SUBSET` when more is asked than there is, or when the second pick would leave a class without images.
 */
export function pickStratified(request: PickRequest): Picks {
  const { labels, labelNames, seed, purpose, asked } = request;
  const members = membersOf(labels, labelNames.length);
  const present = labelNames.flatMap((_, k) => (members[k].length > 0 ? [k] : []));
  const wanted = (request.front ?? 0) + request.back;
  if (wanted > labels.length) throw subsetTooLarge(asked, wanted, `${labels.length}`);
  const most = labels.length - present.length;
  if (request.back > most) {
    const smallestFirst = [...present].sort((a, b) => members[a].length - members[b].length);
    const lost = smallestFirst.slice(0, request.back - most).map((k) => labelNames[k]);
    throw classesUsedUp(asked, most, lost);
  }

  // Breaks ties between classes of one size.
  const rank = new Map(
    keyedRng(seed, 'subset', purpose, 'classes')
      .shuffle(labelNames.map((_, k) => k))
      .map((k, place) => [k, place]),
  );
  const lowest = (count: number, available: (k: number) => number): readonly number[] => {
    const places = present.flatMap((k) =>
      Array.from({ length: available(k) }, (_, place): Place => ({ k, place })),
    );
    const at = ({ k, place }: Place): number => (place + 0.5) / members[k].length;
    places.sort(
      (a, b) =>
        Number(a.place > 0) - Number(b.place > 0) ||
        at(a) - at(b) ||
        (rank.get(a.k) as number) - (rank.get(b.k) as number),
    );
    const counts = labelNames.map(() => 0);
    for (const { k } of places.slice(0, count)) counts[k] += 1;
    return counts;
  };
  const fromBack = lowest(request.back, (k) => members[k].length - 1);
  const left = (k: number): number => members[k].length - fromBack[k];
  const fromFront = request.front === undefined ? undefined : lowest(request.front, left);

  const front: number[][] = [];
  const back: number[][] = [];
  for (const k of present) {
    const shuffled = keyedRng(seed, 'subset', purpose, k).shuffle(members[k]);
    front.push(shuffled.slice(0, fromFront?.[k] ?? left(k)));
    back.push(shuffled.slice(left(k)));
  }
  return { front: Uint32Array.from(front.flat()).sort(), back: Uint32Array.from(back.flat()).sort() };
}
