/**
 * Whether a comma-separated header value (RFC 9110 section 5.6.1) has `token`, which is in lower case; the value may be in
 * any. The common value is one token, often another one: that is seen without allocating.
 */
export function hasToken(list: string | undefined, token: string): boolean {
  if (list === undefined || list.length < token.length) return false;
  if (list.length === token.length) return list.toLowerCase() === token;
  if (list.includes(',')) return list.split(',').some((item) => item.trim().toLowerCase() === token);
  return hasBlankEnd(list) && list.trim().toLowerCase() === token;
}

function hasBlankEnd(text: string): boolean {
  return text.charCodeAt(0) <= space || text.charCodeAt(text.length - 1) <= space;
}

const space = 0x20;
