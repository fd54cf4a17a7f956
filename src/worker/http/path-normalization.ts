/** normalize_path, merge_slashes, path_with_escaped_slashes_action (Envoy's PathUtil). */
import type { RequestHeaderMap } from '../../../sdk/headers.ts';

export type EscapedSlashesAction = 'KeepUnchanged' | 'RejectRequest' | 'UnescapeAndRedirect' | 'UnescapeAndForward';

export interface PathOptions {
  readonly normalize: boolean;
  readonly mergeSlashes: boolean;
  readonly escapedSlashes: EscapedSlashesAction;
}

export type NormalizePathAction = 'Continue' | 'Reject' | 'Redirect';

export function normalizePath(headers: RequestHeaderMap, options: PathOptions | undefined): NormalizePathAction {
  const { path } = headers;
  if (path === '') return 'Continue';
  if (path.includes('#')) return 'Reject';
  if (options === undefined) return 'Continue';
  let action: NormalizePathAction = 'Continue';
  if (options.escapedSlashes !== 'KeepUnchanged') {
    const unescaped = unescapeSlashes(path);
    if (unescaped !== path) {
      if (options.escapedSlashes === 'RejectRequest') return 'Reject';
      if (options.escapedSlashes === 'UnescapeAndRedirect') action = 'Redirect';
      headers.path = unescaped;
    }
  }
  if (options.normalize) {
    const canonical = canonicalPath(headers.path);
    if (canonical === undefined) return 'Reject';
    if (canonical !== headers.path) headers.path = canonical;
  }
  if (options.mergeSlashes) {
    const merged = mergeSlashes(headers.path);
    if (merged !== headers.path) headers.path = merged;
  }
  return action;
}

/** Where the query or fragment begins. */
function endOfPath(path: string): number {
  const at = path.search(/[?#]/);
  return at < 0 ? path.length : at;
}

function unescapeSlashes(path: string): string {
  if (!path.includes('%')) return path;
  const end = endOfPath(path);
  const unescaped = path
    .slice(0, end)
    .replace(/%2[fF]/g, '/')
    .replace(/%5[cC]/g, '\\');
  return unescaped + path.slice(end);
}

function mergeSlashes(path: string): string {
  if (!path.includes('//')) return path;
  const end = endOfPath(path);
  return path.slice(0, end).replace(/\/{2,}/g, '/') + path.slice(end);
}

const PLAIN_PATH = /^(?:\/[A-Za-z0-9_~-][\w.~-]*)+\/?$/;

/**
 * As the URL standard canonicalises the path of a special URL: dot segments resolved, backslashes made slashes, escapes
 * of unreserved characters undone. The query is left alone. Undefined when it cannot be: control characters, NUL.
 */
export function canonicalPath(path: string): string | undefined {
  if (PLAIN_PATH.test(path)) return path;
  const end = endOfPath(path);
  const canonical = canonicalSegments(path.slice(0, end));
  return canonical === undefined ? undefined : canonical + path.slice(end);
}

function canonicalSegments(path: string): string | undefined {
  const decoded = decodeUnreserved(path);
  if (decoded === undefined) return undefined;
  const segments = decoded.replaceAll('\\', '/').split('/');
  const kept: string[] = [];
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i] ?? '';
    const isLast = i === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (isLast) kept.push('');
  }
  return `/${kept.join('/')}`;
}

function decodeUnreserved(path: string): string | undefined {
  if (path.includes('%00') || /[\0-\x1f]/.test(path)) return undefined;
  const decoded = path.replace(/%([0-9a-fA-F]{2})/g, (escape, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9._~-]/.test(char) ? char : escape;
  });
  return decoded.replace(/[^\x21-\x7e]|["<>`{}^|]/g, encodeCharacter);
}

function encodeCharacter(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
