/** URI templates of path matches and rewrites (envoy.extensions.path.*.uri_template.v3). */
import type { PathMatchPolicy } from '../../../sdk/router.ts';
import { compileRegex, type LinearRegex } from '../matcher/linear-regex.ts';

/** What a template may say literally: characters of a path segment (RFC 3986 appendix A, without `*` and `=`). */
const LITERAL = "a-zA-Z0-9\\-._~%!$&'()+,;:@";
const LITERAL_RUN = new RegExp(`[${LITERAL}]+`, 'y');
/** What globs and variables match: these two as well. */
const ONE_SEGMENT = `[${LITERAL}*=]+`;
const ANY_REST = `[${LITERAL}*=/]*`;
const MAX_VARIABLES = 5;
const MAX_NAME_LENGTH = 16;

/** Thrown within this file; its message is the configuration's fault. */
class TemplateError extends Error {}

/** A compiled template: `/a/{b}/*` and kin. */
export class UriTemplate implements PathMatchPolicy {
  readonly template: string;
  /** In their order: the first is group 1. */
  readonly variables: readonly string[];
  readonly #regex: LinearRegex;

  constructor(template: string, variables: readonly string[], regex: LinearRegex) {
    this.template = template;
    this.variables = variables;
    this.#regex = regex;
  }

  match(path: string): boolean {
    return this.#regex.fullMatch(path);
  }

  /** `substitution` names groups as `\1`; undefined when the path does not match. */
  substitute(path: string, substitution: string): string | undefined {
    return this.#regex.fullMatch(path) ? this.#regex.replaceAll(path, substitution) : undefined;
  }
}

/** The template, or what is wrong with it. */
export function compileUriTemplate(template: string): UriTemplate | { readonly error: string } {
  try {
    const { source, variables } = new TemplateParser(template).parse();
    const regex = compileRegex(`^${source}$`);
    return 'error' in regex ? regex : new UriTemplate(template, variables, regex);
  } catch (error) {
    if (error instanceof TemplateError) return { error: error.message };
    throw error;
  }
}

class TemplateParser {
  readonly #text: string;
  readonly #variables: string[] = [];
  #at = 0;
  #seenTextGlob = false;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): { readonly source: string; readonly variables: readonly string[] } {
    if (!/^\/[\x21-\x7e]*$/.test(this.#text)) throw new TemplateError('Invalid pattern');
    let source = '';
    while (this.#at < this.#text.length) source += this.#next(this.#text);
    return { source, variables: this.#variables };
  }

  #next(text: string): string {
    const char = text[this.#at];
    if (char === '/') {
      this.#at++;
      return '/';
    }
    if (char === '{') return this.#variable(text);
    if (char === '*') return this.#glob(text);
    return this.#literal(text);
  }

  #literal(text: string): string {
    LITERAL_RUN.lastIndex = this.#at;
    const run = LITERAL_RUN.exec(text)?.[0];
    if (run === undefined) throw new TemplateError('Invalid literal');
    this.#at += run.length;
    return run.replace(/[$()+.]/g, '\\$&');
  }

  #glob(text: string): string {
    const isTextGlob = text.startsWith('**', this.#at);
    this.#at += isTextGlob ? 2 : 1;
    this.#noteGlob(isTextGlob);
    return isTextGlob ? ANY_REST : ONE_SEGMENT;
  }

  /** `**` takes all that is left: nothing may vary after it. */
  #noteGlob(isTextGlob: boolean): void {
    if (this.#seenTextGlob) throw new TemplateError('Glob after text glob.');
    this.#seenTextGlob = isTextGlob;
  }

  #variable(text: string): string {
    const end = text.indexOf('}', this.#at);
    if (end < 0) {
      throw new TemplateError(`Unmatched variable bracket in mixed pattern: "${text.slice(this.#at)}"`);
    }
    const content = text.slice(this.#at + 1, end);
    const equal = content.indexOf('=');
    this.#addName(equal < 0 ? content : content.slice(0, equal));
    const pattern = equal < 0 ? '*' : content.slice(equal + 1);
    if (pattern === '' || pattern.startsWith('/') || pattern.endsWith('/')) {
      throw new TemplateError(pattern === '' ? 'Empty variable match' : 'Invalid variable match');
    }
    this.#at = 0;
    let source = '';
    while (this.#at < pattern.length) {
      if (pattern[this.#at] === '{') throw new TemplateError('Invalid variable match');
      source += this.#next(pattern);
    }
    this.#at = end + 1;
    return `(${source})`;
  }

  #addName(name: string): void {
    if (!/^[a-zA-Z][a-zA-Z0-9_]*$/.test(name)) throw new TemplateError('Invalid variable name');
    if (this.#variables.length >= MAX_VARIABLES) throw new TemplateError('Exceeded variable count limit');
    if (name.length > MAX_NAME_LENGTH) throw new TemplateError('Invalid variable length');
    if (this.#variables.includes(name)) throw new TemplateError('Repeated variable name');
    this.#variables.push(name);
  }
}

/** A rewrite: text and variables in braces. */
export interface UriTemplateRewrite {
  readonly parts: readonly ({ readonly text: string } | { readonly variable: string })[];
}

export function parseUriTemplateRewrite(rewrite: string): UriTemplateRewrite | { readonly error: string } {
  const parts: ({ readonly text: string } | { readonly variable: string })[] = [];
  for (const [piece] of rewrite.matchAll(/\{[^}]*\}|[^{]+|\{/g)) {
    if (piece.startsWith('{')) {
      const variable = piece.slice(1, -1);
      if (!piece.endsWith('}') || !/^[a-zA-Z][a-zA-Z0-9_]*$/.test(variable)) return { error: 'Invalid variable name' };
      parts.push({ variable });
    } else {
      if (!new RegExp(`^[${LITERAL}/]+$`).test(piece)) return { error: 'Invalid rewrite literal' };
      parts.push({ text: piece });
    }
  }
  if (!rewrite.startsWith('/')) return { error: 'Invalid rewrite variable placement' };
  return { parts };
}

/** For UriTemplate.substitute; undefined when the template has not all variables. */
export function substitutionFor(rewrite: UriTemplateRewrite, template: UriTemplate): string | undefined {
  let substitution = '';
  for (const part of rewrite.parts) {
    if ('text' in part) {
      substitution += part.text.replaceAll('\\', '\\\\');
      continue;
    }
    const index = template.variables.indexOf(part.variable);
    if (index < 0) return undefined;
    substitution += `\\${index + 1}`;
  }
  return substitution;
}
