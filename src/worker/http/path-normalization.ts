/** normalize_path, merge_slashes, path_with_escaped_slashes_action (Envoy's PathUtil). */
import type { Runtime } from '../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import { fragmentStart } from '../../common/router/path-text.ts';
import { isGuardEnabled } from '../../common/runtime/runtime-guards.ts';

export type EscapedSlashesAction = 'KeepUnchanged' | 'RejectRequest' | 'UnescapeAndRedirect' | 'UnescapeAndForward';

export interface PathOptions {
  readonly normalize: boolean;
  readonly mergeSlashes: boolean;
  readonly escapedSlashes: EscapedSlashesAction;
}

export type NormalizePathAction = 'Continue' | 'Reject' | 'Redirect';

/** @param received the path as it is in `headers` */
export function normalizePath(
  headers: RequestHeaderMap,
  received: string,
  options: PathOptions | undefined,
  runtime?: Runtime,
): NormalizePathAction {
  const fragment = fragmentStart(received);
  if (fragment >= 0) {
    if (isGuardEnabled(runtime, 'envoy.reloadable_features.http_reject_path_with_fragment')) return 'Reject';
    headers.path = received.slice(0, fragment);
  }
  const path = fragment < 0 ? received : headers.path;
  if (path === '' || options === undefined) return 'Continue';
  let action: NormalizePathAction = 'Continue';
  if (options.escapedSlashes !== 'KeepUnchanged') {
    const unescaped = unescapeSlashes(path);
    if (unescaped !== path) {
      headers.path = unescaped;
      if (options.escapedSlashes === 'RejectRequest') return 'Reject';
      if (options.escapedSlashes === 'UnescapeAndRedirect') action = 'Redirect';
    }
  }
  if (options.normalize) {
    const canonical = canonicalPath(headers.path, runtime);
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

/** What stands between slashes is kept; a lone run of slashes stays two of them, as in Envoy. */
function mergeSlashes(path: string): string {
  const end = endOfPath(path);
  const name = path.slice(0, end);
  if (!name.includes('//')) return path;
  const segments = name.split('/').filter((segment) => segment !== '');
  return `/${segments.join('/')}${name.endsWith('/') ? '/' : ''}${path.slice(end)}`;
}

/** What the canonical form has none of: escapes, backslashes, dot segments, characters that must be escaped. */
const UNUSUAL = /[^\x21-\x7e]|[%\\"<>`{}^|]|\/\./;
const MUST_ESCAPE = /[^\x21-\x7e]|["<>`{}^|]/g;
const UNRESERVED = /[A-Za-z0-9._~-]/;
/** `/..;x`, which some servers take for `/..`; as in Envoy it is looked for before escapes are undone. */
const DOTS_WITH_PARAMETERS = /\/(\.\.?);[^/]*/g;

/**
 * As the URL standard canonicalises the path of a special URL: dot segments resolved, backslashes made slashes, escapes
 * of unreserved characters undone; parameters of dot segments vanish. The query is left alone. Undefined when there is
 * an escaped NUL.
 */
export function canonicalPath(path: string, runtime?: Runtime): string | undefined {
  const end = endOfPath(path);
  const name = path.slice(0, end);
  if (!UNUSUAL.test(name)) return path;
  if (name.includes('%00')) return undefined;
  const strips = isGuardEnabled(runtime, 'envoy.reloadable_features.strip_dotdot_segments_with_parameters');
  const plain = strips ? name.replace(DOTS_WITH_PARAMETERS, '/$1') : name;
  return resolveDots(decodeUnreserved(plain).replaceAll('\\', '/')) + path.slice(end);
}

function resolveDots(path: string): string {
  const segments = path.split('/');
  const kept: string[] = [];
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i] ?? '';
    if (segment === '..') kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (i === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
}

function decodeUnreserved(path: string): string {
  const decoded = path.replace(/%([0-9a-fA-F]{2})/g, (escaped, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(char) ? char : escaped;
  });
  return decoded.replace(MUST_ESCAPE, escapeCharacter);
}

function escapeCharacter(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
