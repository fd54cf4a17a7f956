/** `validate.rules` of one value, by the kind of rules. */
import type { DescEnum } from '@bufbuild/protobuf';
import type { AnyRules, EnumRules, FieldRules } from '../../../api/generated/validate/validate_pb.d.ts';
import { printDuration, type TimeParts } from './json-time.ts';
import { checkBounds, compareNumbers, ownRule, type Report } from './rule-check.ts';
import { checkBytes, compileString } from './rule-text.ts';

type RulesByKind = FieldRules['type'];

export type ValueCheck = (value: unknown, report: Report) => void;

/** For a scalar, an enum, a Duration, a Timestamp or an Any; undefined where lists, maps and other messages have no rule. */
export function compileRules(rules: RulesByKind, enumDesc: DescEnum | undefined): ValueCheck | undefined {
  switch (rules.case) {
    case undefined:
    case 'repeated':
    case 'map':
      return undefined;
    case 'string':
      return compileString(rules.value) as ValueCheck;
    default:
      return (value, report) => checkValue(rules, value, enumDesc, report);
  }
}

type OtherRules = Exclude<RulesByKind, { case: undefined | 'repeated' | 'map' | 'string' }>;

function checkValue(rules: OtherRules, value: unknown, enumDesc: DescEnum | undefined, report: Report): void {
  switch (rules.case) {
    case 'bytes':
      return checkBytes(rules.value, value as Uint8Array, report);
    case 'bool':
      if (value !== (ownRule(rules.value, 'const') ?? value)) report(`value must equal ${rules.value.const}`);
      return;
    case 'enum':
      return checkEnum(rules.value, value as number, enumDesc, report);
    case 'duration':
      return checkBounds(rules.value as object, value as TimeParts, compareTimes, printDuration, report);
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

function checkAny(rules: AnyRules, value: { typeUrl: string }, report: Report): void {
  if (rules.in.length > 0 && !rules.in.includes(value.typeUrl))
    report(`value must be in list [${rules.in.join(', ')}]`);
  if (rules.notIn.includes(value.typeUrl)) report(`value must not be in list [${rules.notIn.join(', ')}]`);
}

function compareTimes(a: TimeParts, b: TimeParts): number {
  return compareNumbers(a.seconds, b.seconds) || compareNumbers(a.nanos, b.nanos);
}
