/** The methods that Envoy's parser takes unless `allow_custom_methods` is set. */
export const knownMethods: ReadonlySet<string> = new Set(
  (
    'ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE MSEARCH NOTIFY ' +
    'OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK ' +
    'UNSUBSCRIBE'
  ).split(' '),
);

/** Whether a known method begins with this byte: what does not is refused at its first byte. */
export function beginsKnownMethod(byte: number): boolean {
  return 'ABCDGHLMNOPRSTU'.includes(String.fromCharCode(byte));
}
