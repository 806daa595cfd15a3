/** Where a child process finds the back end to test. */
export interface BackendLoader {
  /** URL of a module, imported in the child. */
  readonly module: string;
  /** Name of its export: a function without arguments that returns a `Backend`. */
  readonly factory: string;
}

/** One failed spec. */
export interface SpecFailure {
  /** Full name: suite, back end, flags and spec. */
  readonly name: string;
  /** The first failed expectation. */
  readonly message: string;
}

/** What one run of the suite found. */
export interface ConformanceReport {
  /** Specs that ran, failed ones included. */
  readonly ran: number;
  /** Sorted by name. */
  readonly failures: readonly SpecFailure[];
  /** Sorted names of the kernels that were left to TensorFlow.js's CPU back end, by what they were given. */
  readonly onHost: { readonly numbers: readonly string[]; readonly strings: readonly string[] };
}

/** What the child process is told, as JSON in its only argument. */
export interface ChildRequest {
  readonly backendName: string;
  readonly loader: BackendLoader;
  readonly bundle: string;
  readonly reportFile: string;
}
