/** `validate.rules` of strings and bytes. */
import { Buffer } from 'node:buffer';
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

const lastOfOneUnit = 0xffff;

/** validate.KnownRegex.HTTP_HEADER_NAME; the other known one is HTTP_HEADER_VALUE. */
const HTTP_HEADER_NAME = 1;

type StringCheck = (value: string, report: Report) => void;

/** The rules that are set, as one function: what a rule needs for every value (a regular expression, say) is made once. */
export function compileString(rules: StringRules): StringCheck {
  const checks: StringCheck[] = [...lengthChecks(rules), ...affixChecks(rules)];
  const constant = ownRule(rules, 'const');
  if (constant !== undefined)
    checks.push((value, report) => value !== constant && report(`value must equal ${constant}`));
  if (rules.in.length > 0) {
    checks.push(
      (value, report) => rules.in.includes(value) || report(`value must be in list [${rules.in.join(', ')}]`),
    );
  }
  if (rules.notIn.length > 0) {
    const text = `value must not be in list [${rules.notIn.join(', ')}]`;
    checks.push((value, report) => rules.notIn.includes(value) && report(text));
  }
  const pattern = ownRule(rules, 'pattern');
  if (pattern !== undefined) {
    const regex = new RegExp(`^(?:${pattern})$`, 'su');
    const text = `value does not match regex pattern ${JSON.stringify(pattern)}`;
    checks.push((value, report) => regex.test(value) || report(text));
  }
  const wellKnown = wellKnownCheck(rules);
  if (wellKnown !== undefined) checks.push(wellKnown);
  const ignoresEmpty = ownRule(rules, 'ignoreEmpty') === true;
  return (value, report) => {
    if (value === '' && ignoresEmpty) return;
    for (const check of checks) check(value, report);
  };
}

function lengthChecks(rules: StringRules): StringCheck[] {
  return [
    ...sizeChecks(ownRule(rules, 'len'), ownRule(rules, 'minLen'), ownRule(rules, 'maxLen'), 'characters', characters),
    ...sizeChecks(
      ownRule(rules, 'lenBytes'),
      ownRule(rules, 'minBytes'),
      ownRule(rules, 'maxBytes'),
      'bytes',
      Buffer.byteLength,
    ),
  ];
}

function sizeChecks(
  exact: bigint | undefined,
  min: bigint | undefined,
  max: bigint | undefined,
  unit: string,
  sizeOf: (value: string) => number,
): StringCheck[] {
  if (exact === undefined && min === undefined && max === undefined) return [];
  return [
    (value, report) => {
      const size = sizeOf(value);
      if (exact !== undefined && BigInt(size) !== exact) report(`value length must be ${exact} ${unit}`);
      checkSize(size, min, max, unit, report);
    },
  ];
}

/** Code points. */
function characters(value: string): number {
  let pairs = 0;
  for (let i = 0; i < value.length; i++) if ((value.codePointAt(i) as number) > lastOfOneUnit) pairs++;
  return value.length - pairs;
}

/** `min_*` and `max_*` over a count of `unit`. */
export function checkSize(
  size: number,
  min: bigint | undefined,
  max: bigint | undefined,
  unit: string,
  report: Report,
): void {
  if (min !== undefined && size < min) report(`value length must be at least ${min} ${unit}`);
  if (max !== undefined && size > max) report(`value length must be at most ${max} ${unit}`);
}

function affixChecks(rules: StringRules): StringCheck[] {
  const checks: StringCheck[] = [];
  const add = (affix: string | undefined, holds: (value: string, affix: string) => boolean, words: string): void => {
    if (affix === undefined) return;
    checks.push((value, report) => holds(value, affix) || report(`${words} ${JSON.stringify(affix)}`));
  };
  add(ownRule(rules, 'prefix'), (value, text) => value.startsWith(text), 'value does not have prefix');
  add(ownRule(rules, 'suffix'), (value, text) => value.endsWith(text), 'value does not have suffix');
  add(ownRule(rules, 'contains'), (value, text) => value.includes(text), 'value does not contain substring');
  add(ownRule(rules, 'notContains'), (value, text) => !value.includes(text), 'value contains substring');
  return checks;
}

function wellKnownCheck(rules: StringRules): StringCheck | undefined {
  const known = rules.wellKnown;
  if (known.case === undefined || known.value === false) return undefined;
  if (known.case === 'wellKnownRegex') {
    if (known.value === 0) return undefined;
    const strict = ownRule(rules, 'strict') !== false;
    const name = known.value === HTTP_HEADER_NAME;
    const pattern = strict ? (name ? HEADER_NAME : HEADER_VALUE) : LOOSE_HEADER;
    const text = `value must be a valid HTTP header ${name ? 'name' : 'value'}`;
    return (value, report) => pattern.test(value) || report(text);
  }
  const { case: format } = known;
  return (value, report) => matchesFormat(format, value) || report(`value must be a valid ${FORMAT_NAMES[format]}`);
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
  checkSize(value.length, ownRule(rules, 'minLen'), ownRule(rules, 'maxLen'), 'bytes', report);
  const constant = ownRule(rules, 'const');
  if (constant !== undefined && !sameBytes(value, constant)) report('value must equal a constant');
  if (rules.in.length > 0 && !rules.in.some((known) => sameBytes(known, value))) report('value must be in a list');
  if (rules.notIn.some((known) => sameBytes(known, value))) report('value must not be in a list');
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
