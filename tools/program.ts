/** One Go module's build: a folder `modules/<name>` with pinned `go.mod` and `go.sum`, and how to call the compiler. */
export type Build = {
  readonly name: string;
  /** The version that the built programs report. */
  readonly version: string;
  /**
   * Go package of each program that this build makes, by program name. Several are built in one call, which names each
   * after the last element of its package.
   */
  readonly packages: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** Values of Go variables at link time, by qualified name: the version, where the sources hold a placeholder. */
  readonly linkVariables?: Readonly<Record<string, string>>;
  /** What a build from cold took on two cores, in seconds: for progress display and longest-first order only. */
  readonly typicalSeconds: number;
};

export type Program = {
  readonly name: string;
  readonly build: Build;
  readonly version: VersionSource;
  /** Environment variable whose value, a path, is used instead of looking any further. */
  readonly overrideVariable: string;
  /** Where programs of this name and version differ: a listing that must name every one of `expected`. */
  readonly contents?: { readonly args: readonly string[]; readonly expected: readonly string[] };
};

/** How a program's version is found out. */
export type VersionSource =
  | {
      /** Arguments that make the program print its version and end. */
      readonly args: readonly string[];
      /** First capture is the version without a leading `v`. */
      readonly pattern: RegExp;
    }
  /** The program does not tell; the Go compiler noted in the file of which version of this module it is. */
  | { readonly goModule: string };
