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
