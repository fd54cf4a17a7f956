/** Header maps: ordered, names in lower case, several values a name; pseudo headers (`:method` …) are entries too. */

export interface HeaderMap {
  /** Number of entries. */
  readonly size: number;
  /** Sum of the bytes of names and values. */
  readonly byteSize: number;
  /** First value of a name (lower case), or undefined. */
  get(name: string): string | undefined;
  getAll(name: string): readonly string[];
  has(name: string): boolean;
  /** Replaces all values of the name (the first keeps its place), or adds it at the end. */
  set(name: string, value: string): void;
  /**
   * Adds another entry with this name (Envoy's addCopy). Of headers that Envoy keeps one value of (its inline headers:
   * accept, via, user-agent …) the value is joined to the first with a comma instead, as it is when they arrive.
   */
  add(name: string, value: string): void;
  /** Joins to the first value with a delimiter, or adds (Envoy's appendCopy, delimiter ","). */
  append(name: string, value: string, delimiter?: string): void;
  /** Removes all entries of the name; how many there were. */
  remove(name: string): number;
  removeIf(predicate: (name: string, value: string) => boolean): number;
  /** Entry at an index, in order: `for (let i = 0; i < h.size; i++) h.nameAt(i), h.valueAt(i)`. */
  nameAt(index: number): string;
  valueAt(index: number): string;
  entries(): Iterable<readonly [string, string]>;
}

export interface RequestHeaderMap extends HeaderMap {
  method: string;
  /** `:path` with the query; '' for CONNECT without one. */
  path: string;
  /** `:authority`. */
  host: string;
  /** `:scheme`. */
  scheme: string;
}

export interface ResponseHeaderMap extends HeaderMap {
  status: number;
}

export type RequestTrailerMap = HeaderMap;
export type ResponseTrailerMap = HeaderMap;
