/** `validate.rules` of strings and bytes. */
import type { BytesRules, StringRules } from '../../../api/generated/validate/validate_pb.d.ts';
import { ownRule, type Report } from './rule-check.ts';

const HEADER_NAME = /^:?[0-9a-zA-Z!#$%&'*+\-.^_|~`]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a header must not have
const HEADER_VALUE = /^[^\u0000-\u0008\u000A-\u001F\u007F]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const LOOSE_HEADER = /^[^\u0000\n\r]*$/;

const HOST_LABEL = /^(?!-)[a-zA-Z0-9-]{1,63}(?<!-)$/;
const UUID = /^[\da-fA-F]{8}-([\da-fA-F]{4}-){3}[\da-fA-F]{12}$/;
const IPV4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}$/;

/** validate.KnownRegex.HTTP_HEADER_NAME; the other known one is HTTP_HEADER_VALUE. */
const HTTP_HEADER_NAME = 1;

export function checkString(rules: StringRules, value: string, report: Report): void {
  if (value === '' && ownRule(rules, 'ignoreEmpty') === true) return;
  checkLengths(rules, value, report);
  checkAffixes(rules, value, report);
  const constant = ownRule(rules, 'const');
  if (constant !== undefined && value !== constant) report(`value must equal ${constant}`);
  if (rules.in.length > 0 && !rules.in.includes(value)) report(`value must be in list [${rules.in.join(', ')}]`);
  if (rules.notIn.includes(value)) report(`value must not be in list [${rules.notIn.join(', ')}]`);
  const pattern = ownRule(rules, 'pattern');
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`, 'su').test(value)) {
    report(`value does not match regex pattern ${JSON.stringify(pattern)}`);
  }
  checkWellKnown(rules, value, report);
}

function checkLengths(rules: StringRules, value: string, report: Report): void {
  const minCharacters = ownRule(rules, 'minLen');
  const maxCharacters = ownRule(rules, 'maxLen');
  const exact = ownRule(rules, 'len');
  if (minCharacters !== undefined || maxCharacters !== undefined || exact !== undefined) {
    const characters = BigInt([...value].length);
    if (exact !== undefined && characters !== exact) report(`value length must be ${exact} characters`);
    checkSize(characters, minCharacters, maxCharacters, 'characters', report);
  }
  const minBytes = ownRule(rules, 'minBytes');
  const maxBytes = ownRule(rules, 'maxBytes');
  const lenBytes = ownRule(rules, 'lenBytes');
  if (minBytes === undefined && maxBytes === undefined && lenBytes === undefined) return;
  const bytes = BigInt(new TextEncoder().encode(value).length);
  if (lenBytes !== undefined && bytes !== lenBytes) report(`value length must be ${lenBytes} bytes`);
  checkSize(bytes, minBytes, maxBytes, 'bytes', report);
}

/** `min_*` and `max_*` over a count of `unit`. */
export function checkSize(
  size: bigint,
  min: bigint | undefined,
  max: bigint | undefined,
  unit: string,
  report: Report,
): void {
  if (min !== undefined && size < min) report(`value length must be at least ${min} ${unit}`);
  if (max !== undefined && size > max) report(`value length must be at most ${max} ${unit}`);
}

function checkAffixes(rules: StringRules, value: string, report: Report): void {
  const prefix = ownRule(rules, 'prefix');
  if (prefix !== undefined && !value.startsWith(prefix)) report(`value does not have prefix ${JSON.stringify(prefix)}`);
  const suffix = ownRule(rules, 'suffix');
  if (suffix !== undefined && !value.endsWith(suffix)) report(`value does not have suffix ${JSON.stringify(suffix)}`);
  const part = ownRule(rules, 'contains');
  if (part !== undefined && !value.includes(part)) report(`value does not contain substring ${JSON.stringify(part)}`);
  const banned = ownRule(rules, 'notContains');
  if (banned !== undefined && value.includes(banned)) report(`value contains substring ${JSON.stringify(banned)}`);
}

function checkWellKnown(rules: StringRules, value: string, report: Report): void {
  const known = rules.wellKnown;
  if (known.case === undefined || known.value === false) return;
  if (known.case === 'wellKnownRegex') {
    const strict = ownRule(rules, 'strict') !== false;
    const name = known.value === HTTP_HEADER_NAME;
    const pattern = strict ? (name ? HEADER_NAME : HEADER_VALUE) : LOOSE_HEADER;
    if (known.value !== 0 && !pattern.test(value))
      report(`value must be a valid HTTP header ${name ? 'name' : 'value'}`);
    return;
  }
  if (!matchesFormat(known.case, value)) report(`value must be a valid ${FORMAT_NAMES[known.case]}`);
}

const FORMAT_NAMES = {
  email: 'email address',
  hostname: 'hostname',
  ip: 'IP address',
  ipv4: 'IPv4 address',
  ipv6: 'IPv6 address',
  uri: 'absolute URI',
  uriRef: 'URI',
  address: 'hostname, or ip address',
  uuid: 'UUID',
} as const;

function matchesFormat(format: keyof typeof FORMAT_NAMES, value: string): boolean {
  switch (format) {
    case 'email':
      return /^[^\s@]+@[^\s@]+$/.test(value);
    case 'hostname':
      return isHostname(value);
    case 'ip':
      return IPV4.test(value) || isIpv6(value);
    case 'ipv4':
      return IPV4.test(value);
    case 'ipv6':
      return isIpv6(value);
    case 'uri':
      return URL.canParse(value);
    case 'uriRef':
      return URL.canParse(value, 'http://host/');
    case 'address':
      return isHostname(value) || IPV4.test(value) || isIpv6(value);
    case 'uuid':
      return UUID.test(value);
  }
}

function isHostname(value: string): boolean {
  const name = value.replace(/\.$/, '');
  return name.length <= 253 && name.split('.').every((label) => HOST_LABEL.test(label));
}

function isIpv6(value: string): boolean {
  return value.includes(':') && URL.canParse(`http://[${value}]/`);
}

export function checkBytes(rules: BytesRules, value: Uint8Array, report: Report): void {
  if (value.length === 0 && ownRule(rules, 'ignoreEmpty') === true) return;
  const exact = ownRule(rules, 'len');
  if (exact !== undefined && BigInt(value.length) !== exact) report(`value length must be ${exact} bytes`);
  checkSize(BigInt(value.length), ownRule(rules, 'minLen'), ownRule(rules, 'maxLen'), 'bytes', report);
  const constant = ownRule(rules, 'const');
  if (constant !== undefined && !sameBytes(value, constant)) report('value must equal a constant');
  if (rules.in.length > 0 && !rules.in.some((known) => sameBytes(known, value))) report('value must be in a list');
  if (rules.notIn.some((known) => sameBytes(known, value))) report('value must not be in a list');
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
