/** The methods that Envoy's parser takes unless `allow_custom_methods` is set. */
export const knownMethods: ReadonlySet<string> = new Set(
  (
    'ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE MSEARCH NOTIFY ' +
    'OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK ' +
    'UNSUBSCRIBE'
  ).split(' '),
);

const firstBytes = makeFirstBytes();

function makeFirstBytes(): Uint8Array {
  const table = new Uint8Array(256);
  for (const method of knownMethods) table[method.charCodeAt(0)] = 1;
  table[0x0d] = 1;
  table[0x0a] = 1;
  return table;
}

/** Whether a known method, or an empty line before one, begins with this byte: what does not is refused at its first. */
export function beginsKnownMethod(byte: number): boolean {
  return firstBytes[byte] === 1;
}
