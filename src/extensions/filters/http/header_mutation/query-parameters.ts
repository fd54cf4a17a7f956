import { percentDecode, queryOf, withoutQuery } from '../../../../common/formatter/query.ts';

/** Values by name, as bytes. */
export type QueryParameters = Map<string, string[]>;

/** Decodes names and values, as Envoy does; what it writes back afterwards is not encoded again. */
export function parseQuery(path: string): QueryParameters {
  const parameters: QueryParameters = new Map();
  let query = queryOf(path) ?? '';
  // A last '&' begins no parameter, unlike one in the midst.
  if (query.endsWith('&')) query = query.slice(0, -1);
  else if (query === '') return parameters;
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const name = percentDecode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : percentDecode(pair.slice(equals + 1));
    const values = parameters.get(name);
    if (values === undefined) parameters.set(name, [value]);
    else values.push(value);
  }
  return parameters;
}

/** With the parameters sorted by name, each with its values in their order. */
export function replaceQuery(path: string, parameters: QueryParameters): string {
  const pairs: string[] = [];
  for (const name of [...parameters.keys()].sort()) {
    for (const value of parameters.get(name) ?? []) pairs.push(`${name}=${value}`);
  }
  return pairs.length === 0 ? withoutQuery(path) : `${withoutQuery(path)}?${pairs.join('&')}`;
}
