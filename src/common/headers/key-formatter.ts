/** How header names are spelled on an HTTP/1 wire (envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat). */

export interface HeaderKeyFormatter {
  /** The spelling of a lower-case name. */
  format(name: string): string;
}

/** One a message: it has seen the names as they arrived. */
export interface StatefulHeaderKeyFormatter extends HeaderKeyFormatter {
  /** A name as the peer wrote it. */
  processKey(name: string): void;
  /** The peer's reason phrase; '' when the standard one is to be sent. */
  reasonPhrase: string;
}

const capitalizedNames = /(^|[^a-z0-9])([a-z])/g;
/** Peers choose names, so what is remembered of them is bounded. */
const maxRememberedNames = 512;

/** `proper_case_words`: `content-type` becomes `Content-Type`. */
export class ProperCaseFormatter implements HeaderKeyFormatter {
  readonly #spelled = new Map<string, string>();

  format(name: string): string {
    const known = this.#spelled.get(name);
    if (known !== undefined) return known;
    const spelled = name.replace(
      capitalizedNames,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    );
    if (this.#spelled.size < maxRememberedNames) this.#spelled.set(name, spelled);
    return spelled;
  }
}

export interface PreserveCaseOptions {
  /** `forward_reason_phrase`. */
  readonly forwardReasonPhrase: boolean;
  /** `formatter_type_on_envoy_headers`: how names that no peer has spelled go out. */
  readonly onEnvoyHeaders: HeaderKeyFormatter | undefined;
}

/** `envoy.http.stateful_header_formatters.preserve_case`: names go out as they came in, the first spelling of each. */
export class PreserveCaseFormatter implements StatefulHeaderKeyFormatter {
  readonly #options: PreserveCaseOptions;
  readonly #spelled = new Map<string, string>();
  #reasonPhrase = '';

  constructor(options: PreserveCaseOptions) {
    this.#options = options;
  }

  processKey(name: string): void {
    const key = name.toLowerCase();
    if (!this.#spelled.has(key)) this.#spelled.set(key, name);
  }

  format(name: string): string {
    return this.#spelled.get(name) ?? this.#options.onEnvoyHeaders?.format(name) ?? name;
  }

  get reasonPhrase(): string {
    return this.#reasonPhrase;
  }

  set reasonPhrase(value: string) {
    if (this.#options.forwardReasonPhrase) this.#reasonPhrase = value;
  }
}
