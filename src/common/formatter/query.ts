/** The part behind the first '?'; undefined without one. */
export function queryOf(path: string): string | undefined {
  const mark = path.indexOf('?');
  return mark < 0 ? undefined : path.slice(mark + 1);
}

export function withoutQuery(path: string): string {
  const mark = path.indexOf('?');
  return mark < 0 ? path : path.slice(0, mark);
}

/** `%XX` to bytes; what is no such triple stays. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9a-fA-F]{2})/g, (_triple, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/**
 * Decodes only what may stand in a URL as it is (RFC 3986, section 2: reserved and unreserved), as Envoy's
 * `%QUERY_PARAMS(DECODED)%` does; of a triple that is not hexadecimal only the percent sign goes.
 */
export function decodeUrlCharacters(text: string): string {
  return text.replace(/%(..)/g, (triple, rest: string) => {
    if (!/^[0-9a-fA-F]{2}$/.test(rest)) return rest;
    const character = String.fromCharCode(Number.parseInt(rest, 16));
    return /[\w\-.~:/?#[\]@!$&'()*+,;=%]/.test(character) ? character : triple;
  });
}

/** First value of a parameter, decoded; '' when it has none. */
export function findQueryParameter(path: string, name: string): string | undefined {
  const query = queryOf(path);
  if (query === undefined) return undefined;
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const key = equals < 0 ? pair : pair.slice(0, equals);
    if (percentDecode(key) === name) return equals < 0 ? '' : percentDecode(pair.slice(equals + 1));
  }
  return undefined;
}
