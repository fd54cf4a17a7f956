/** Which bytes may stand where, as tables indexed by the byte: 1 when allowed. */

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function tableOf(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of chars) table[char.charCodeAt(0)] = 1;
  return table;
}

/** RFC 9110 section 5.6.2. */
const tokenChars = tableOf(`!#$%&'*+-.^_\`|~${alphanumeric}`);
/** What Envoy takes in Host (nghttp2_check_authority without backslash and quotes). */
const authorityChars = tableOf(`!$%&'()*+,-.:;=@[]_~${alphanumeric}`);
/** Host and userinfo of an absolute-form target, as http_parser has them. */
const urlHostChars = tableOf(`.-${alphanumeric}`);
const urlIpv6Chars = tableOf('0123456789abcdefABCDEF:.');
const urlUserinfoChars = tableOf(`-_.!~*'();:&=+$,%${alphanumeric}`);
const schemeChars = tableOf(`+-.${alphanumeric}`);
const digits = tableOf('0123456789');

/** Whether all characters of `text[from, to)` are in the table. */
function allIn(table: Uint8Array, text: string, from = 0, to = text.length): boolean {
  for (let i = from; i < to; i++) {
    if (table[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

export const isToken = (text: string): boolean => text !== '' && allIn(tokenChars, text);
export const isAuthority = (text: string): boolean => allIn(authorityChars, text);
export const isDigits = (text: string): boolean => text !== '' && allIn(digits, text);
export const isUrlHost = (text: string): boolean => text !== '' && allIn(urlHostChars, text);
export const isUrlIpv6 = (text: string): boolean => text !== '' && allIn(urlIpv6Chars, text);
export const isUrlUserinfo = (text: string): boolean => allIn(urlUserinfoChars, text);
export const isScheme = (text: string): boolean => /^[A-Za-z]/.test(text) && allIn(schemeChars, text);

/** Value of a hexadecimal digit; -1 for another byte. */
export const hexDigit: Int8Array = makeHexDigits();

function makeHexDigits(): Int8Array {
  const table = new Int8Array(256).fill(-1);
  for (let value = 0; value < 16; value++) {
    const char = value.toString(16);
    table[char.charCodeAt(0)] = value;
    table[char.toUpperCase().charCodeAt(0)] = value;
  }
  return table;
}
