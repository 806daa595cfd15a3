import { unknownArgument, wrongChoice, wrongTransform } from '../errors.js';

/** How the value of one argument is written. */
export interface Argument<T> {
  /** What it must be, after "must be". */
  readonly syntax: string;
  /** For a did-you-mean. */
  readonly choices?: readonly string[];
  /** `undefined` when `text` is not of that syntax. Ranges are for the transform to check. */
  parse(text: string): T | undefined;
}

/** For each argument as it is written, the option it sets and how its value is written. */
export type ArgumentList = Readonly<Record<string, readonly [option: string, value: Argument<unknown>]>>;

type Options<S extends ArgumentList> = {
  readonly [K in keyof S as S[K][0]]?: S[K][1] extends Argument<infer T> ? T : never;
};

export const number: Argument<number> = {
  syntax: 'a number such as 0.25',
  parse: (text) => (/^\d+(\.\d+)?(e-?\d+)?$/.test(text) ? Number(text) : undefined),
};

export const yesOrNo: Argument<boolean> = {
  syntax: '0 or 1',
  parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
};

export const oneOf = <const T extends string>(choices: readonly T[]): Argument<T> => ({
  syntax: `one of ${choices.join(', ')}`,
  choices,
  parse: (text) => choices.find((choice) => choice === text),
});

/**
 * Reads `p=0.25`, `mode=pixel`, … in any order into options; what is not written is not in the result.
 * @param text the whole transform, for errors
 * @throws KdxError `KDX_DATA_AUGMENT`
 */
export function namedArguments<const S extends ArgumentList>(
  text: string,
  args: readonly string[],
  known: S,
): Options<S> {
  const options: Record<string, unknown> = {};
  for (const arg of args) {
    const match = /^([\w-]+)\s*=\s*(.*)$/.exec(arg);
    if (match === null) {
      throw wrongTransform(
        text,
        `"${arg}" must look like name=value, and names are ${Object.keys(known).join(', ')}`,
      );
    }
    const [, name, written] = match;
    if (!Object.hasOwn(known, name)) throw unknownArgument(text, name, Object.keys(known));
    const [option, { syntax, choices, parse }] = known[name];
    if (Object.hasOwn(options, option)) throw wrongTransform(text, `"${name}" stands twice`);
    const value = parse(written);
    if (value === undefined && choices !== undefined) throw wrongChoice(text, name, written, choices);
    if (value === undefined) throw wrongTransform(text, `${name}=${written} must be ${syntax}`);
    options[option] = value;
  }
  return options as Options<S>;
}
