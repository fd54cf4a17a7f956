import type { GeneralName, GeneralNameKind } from '../../../sdk/network.ts';
import type { StringMatcher } from '../matcher/string-matcher.ts';

/** One name that a peer's certificate may have. */
export interface SubjectNameMatcher {
  readonly kind: GeneralNameKind;
  matches(name: GeneralName): boolean;
  /** Tells configurations apart, for session resumption. */
  readonly key: string;
}

/** Names of one kind, and of one object identifier if they are OTHER_NAMEs. */
export class KindMatcher implements SubjectNameMatcher {
  readonly key: string;
  readonly kind: GeneralNameKind;
  readonly #oid: string;
  readonly #matcher: StringMatcher;

  constructor(kind: GeneralNameKind, oid: string, matcher: StringMatcher, key: string) {
    this.kind = kind;
    this.#oid = oid;
    this.#matcher = matcher;
    this.key = key;
  }

  matches({ kind, oid, text }: GeneralName): boolean {
    if (kind !== this.kind || (kind === 'OTHER_NAME' && oid !== this.#oid)) return false;
    return this.#matcher.match(text);
  }
}

/** A DNS name, by the rules of certificates: those of them may begin with a wildcard. */
export class DnsNameMatcher implements SubjectNameMatcher {
  readonly key: string;
  readonly kind = 'DNS';
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    this.key = `dns:${name}`;
  }

  matches({ kind, text }: GeneralName): boolean {
    return kind === 'DNS' && dnsNameMatches(this.#name, text);
  }
}

/** Whether the pattern of a certificate stands for a name. One wildcard, in the leftmost label, for a part of one label. */
export function dnsNameMatches(name: string, pattern: string): boolean {
  const lowerName = name.toLowerCase();
  const lowerPattern = pattern.toLowerCase();
  if (lowerName === lowerPattern) return true;
  const [label, rest] = splitLabel(lowerPattern);
  const [nameLabel, nameRest] = splitLabel(lowerName);
  if (rest === undefined || nameRest === undefined || rest !== nameRest) return false;
  // Internationalised labels are no place for wildcards.
  if (!label.includes('*') || rest.includes('*') || label.startsWith('xn--')) return false;
  return labelMatches(nameLabel, label);
}

function splitLabel(name: string): readonly [string, string | undefined] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
}

function labelMatches(label: string, pattern: string): boolean {
  if (pattern === '*') return true;
  const parts = pattern.split('*');
  const [before = '', after = ''] = parts;
  return parts.length === 2 && pattern.length <= label.length + 1 && label.startsWith(before) && label.endsWith(after);
}
