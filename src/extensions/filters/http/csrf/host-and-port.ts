const URL_PATTERN = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#@]*@)?((?:\[[\da-f:.]+\]|[\w.~-]+)(?::(\d{1,5}))?)(?:[/?#]|$)/i;
const MAX_PORT = 65_535;

/** `host:port` of an absolute URL, with the port only where it is written; what is no such URL is returned as it is. */
export function hostAndPort(url: string): string {
  const [, authority, port = '0'] = URL_PATTERN.exec(url) ?? [];
  return authority === undefined || Number(port) > MAX_PORT ? url : authority;
}
