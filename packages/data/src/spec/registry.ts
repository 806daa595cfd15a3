import { existsSync } from 'node:fs';
import type { DataSource } from '@kdx/core';
import { familyTwice, notASpec, unknownFamily, unknownOption, wrongOption, wrongSource } from '../errors.js';
import { tellStatistics } from '../transforms/statistical-transform.js';
import type { DataOptions, OptionValues } from './options.js';
import { type ParsedSpec, parseSpec } from './parse-spec.js';

/** What a data set is opened with. */
export interface DataRequest<Values> {
  /** The spec with its options in the data set's own order: the source's `name`. */
  readonly name: string;
  /** What stands after the colon, `''` where the data set takes nothing. */
  readonly source: string;
  readonly options: Values;
}

/** A kind of data set that specs can name. Make one with {@link defineDataSet}. */
export interface DataSetFamily {
  /** The name before the colon, e.g. `cifar100`. */
  readonly name: string;
  readonly help: string;
  /** What stands after the colon, e.g. `DIR`; absent for a set that needs nothing. */
  readonly source?: string;
  /** What is taken where a spec has nothing after its name, not even a colon. Without it the source is compulsory. */
  readonly usualSource?: () => string;
  readonly options: DataOptions;
  open(request: DataRequest<Readonly<Record<string, unknown>>>): Promise<DataSource>;
}

/** A data set as the command line lists it. */
export interface DataSetInfo {
  readonly name: string;
  /** E.g. `cifar100:DIR`. */
  readonly usage: string;
  readonly help: string;
  readonly options: readonly {
    readonly name: string;
    readonly syntax: string;
    readonly help: string;
    readonly default?: string;
  }[];
}

/** A data set family whose `open` is given its options with their types. */
export function defineDataSet<const S extends DataOptions>(
  family: Omit<DataSetFamily, 'options' | 'open'> & {
    readonly options: S;
    open(request: DataRequest<OptionValues<S>>): Promise<DataSource>;
  },
): DataSetFamily {
  // `resolve` fills in every option of S from its own parser, which is what OptionValues<S> states.
  return family as unknown as DataSetFamily;
}

/** The data sets that specs can name. Immutable: {@link DataSetRegistry.with} makes a larger one. */
export class DataSetRegistry {
  readonly #families = new Map<string, DataSetFamily>();

  /** @throws KdxError `KDX_DATA_FAMILY` when two have one name. */
  constructor(families: readonly DataSetFamily[]) {
    for (const family of families) {
      const taken = this.#families.get(family.name);
      if (taken !== undefined) throw familyTwice(family.name, taken.help, family.help);
      this.#families.set(family.name, family);
    }
  }

  /** A registry that also knows `families`. @throws KdxError `KDX_DATA_FAMILY` */
  with(...families: readonly DataSetFamily[]): DataSetRegistry {
    return new DataSetRegistry([...this.#families.values(), ...families]);
  }

  list(): readonly DataSetInfo[] {
    return [...this.#families.values()].map((family) => ({
      name: family.name,
      usage: usageOf(family),
      help: family.help,
      options: Object.entries(family.options).map(([name, option]) => ({
        name,
        syntax: option.syntax,
        help: option.help,
        ...(option.default === undefined ? {} : { default: option.default }),
      })),
    }));
  }

  /**
   * Opens the data set that `spec` names. The order of options changes nothing. Transforms in units of its mean and
   * standard deviation are told them.
   * @throws KdxError `KDX_DATA_FAMILY`, `KDX_DATA_SPEC`, `KDX_DATA_OPTION`, and what the data set itself throws.
   */
  async resolve(spec: string): Promise<DataSource> {
    const parsed = parseSpec(spec);
    const family = this.#families.get(parsed.family);
    if (family === undefined) {
      const known = [...this.#families.keys()];
      throw existsSync(spec) ? notASpec(spec, known) : unknownFamily(parsed.family, known);
    }
    const source = parsed.source ?? family.usualSource?.();
    const needsSource = family.source !== undefined;
    const hasSource = needsSource ? source !== undefined && source !== '' : source === undefined;
    if (!hasSource) throw wrongSource(spec, usageOf(family));
    const opened = await family.open({
      name: canonicalName(family, parsed),
      source: source ?? '',
      options: parseOptions(family, parsed.query),
    });
    return tellStatistics(opened);
  }
}

const usageOf = (family: DataSetFamily): string =>
  family.source === undefined ? family.name : `${family.name}:${family.source}`;

function parseOptions(family: DataSetFamily, query: ParsedSpec['query']): Record<string, unknown> {
  for (const name of query.keys()) {
    if (!Object.hasOwn(family.options, name)) {
      throw unknownOption(name, family.name, Object.keys(family.options));
    }
  }
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(family.options)) {
    const text = query.get(name) ?? option.default;
    if (text === undefined) continue;
    values[name] = option.parse(text);
    if (values[name] === undefined) throw wrongOption(name, text, family.name, option.syntax);
  }
  return values;
}

function canonicalName(family: DataSetFamily, { source, query }: ParsedSpec): string {
  const options = Object.keys(family.options).filter((name) => query.has(name));
  const head = source === undefined ? family.name : `${family.name}:${source}`;
  return options.length === 0
    ? head
    : `${head}?${options.map((name) => `${name}=${query.get(name)}`).join('&')}`;
}
