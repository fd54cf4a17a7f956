/** `validate.rules` of one value: dispatch by the kind of rules. */
import type { DescEnum } from '@bufbuild/protobuf';
import type { AnyRules, DurationRules, EnumRules, FieldRules } from '../../../api/generated/validate/validate_pb.d.ts';
import { printDuration, type TimeParts } from './json-time.ts';
import { checkBounds, compareNumbers, ownRule, type Report } from './rule-check.ts';
import { checkBytes, checkString } from './rule-text.ts';

type RulesByKind = FieldRules['type'];

/** Checks a scalar, an enum, a Duration, a Timestamp or an Any. Lists, maps and other messages are the caller's. */
export function checkValue(rules: RulesByKind, value: unknown, enumDesc: DescEnum | undefined, report: Report): void {
  switch (rules.case) {
    case undefined:
    case 'repeated':
    case 'map':
      return;
    case 'string':
      return checkString(rules.value, value as string, report);
    case 'bytes':
      return checkBytes(rules.value, value as Uint8Array, report);
    case 'bool':
      if (value !== (ownRule(rules.value, 'const') ?? value)) report(`value must equal ${rules.value.const}`);
      return;
    case 'enum':
      return checkEnum(rules.value, value as number, enumDesc, report);
    case 'duration':
      return checkDuration(rules.value, value as TimeParts, report);
    case 'timestamp':
      return checkBounds(rules.value as object, value as TimeParts, compareTimes, printDuration, report);
    case 'any':
      return checkAny(rules.value, value as { typeUrl: string }, report);
    default:
      if (ownRule(rules.value, 'ignoreEmpty') === true && Number(value) === 0) return;
      return checkBounds(rules.value as object, value as number | bigint, compareNumbers, String, report);
  }
}

function checkEnum(rules: EnumRules, value: number, desc: DescEnum | undefined, report: Report): void {
  const print = (number: number): string => desc?.value[number]?.name ?? String(number);
  checkBounds(rules as object, value, compareNumbers, print, report);
  if (ownRule(rules, 'definedOnly') === true && desc !== undefined && desc.value[value] === undefined) {
    report('value must be one of the defined enum values');
  }
}

function checkDuration(rules: DurationRules, value: TimeParts, report: Report): void {
  checkBounds(rules as object, value, compareTimes, printDuration, report);
}

function checkAny(rules: AnyRules, value: { typeUrl: string }, report: Report): void {
  if (rules.in.length > 0 && !rules.in.includes(value.typeUrl))
    report(`value must be in list [${rules.in.join(', ')}]`);
  if (rules.notIn.includes(value.typeUrl)) report(`value must not be in list [${rules.notIn.join(', ')}]`);
}

function compareTimes(a: TimeParts, b: TimeParts): number {
  return compareNumbers(a.seconds, b.seconds) || compareNumbers(a.nanos, b.nanos);
}
