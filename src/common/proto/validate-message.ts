/**
 * The rules that Envoy's protos carry (`validate.rules`, protoc-gen-validate), interpreted by reflection. All faults are
 * gathered with their paths; packed messages of known types are opened and checked too.
 */
import type { DescField, DescMessage, DescOneof, Message } from '@bufbuild/protobuf';
import { isFieldSet } from '@bufbuild/protobuf';
import type { FieldRules, MapRules, RepeatedRules } from '../../../api/generated/validate/validate_pb.d.ts';
import { ConfigContext, ConfigErrorCollector, type PackedConfig } from '../../../sdk/config.ts';
import { deprecatedFieldText, unknownFieldsText } from './deprecation.ts';
import { getField, isJsonStruct, isUnwrapped, isWrapper, oneofCase } from './field-access.ts';
import type { TimeParts } from './json-time.ts';
import { ownRule, type Report } from './rule-check.ts';
import { checkValue } from './rule-value.ts';
import type { TypeRegistry } from './type-registry.ts';

const ROUTES = 'envoy.config.route.v3.RouteConfiguration';

/** 2^63 nanoseconds. */
const MAX_SECONDS = 9_223_372_035n;

interface CheckedField {
  readonly field: DescField;
  /** Its place among the fields of the message, by which faults are told. */
  readonly order: number;
  readonly rules: FieldRules | undefined;
  /** Whether there is more to do than to see that it is deprecated. */
  readonly checked: boolean;
  readonly deprecated: 'no' | 'warned of' | 'refused';
}

/** What there is to check of a message type, looked up once. */
interface CheckedMessage {
  /** By local name; of oneofs, by case. */
  readonly byName: ReadonlyMap<string, CheckedField | ReadonlyMap<string, CheckedField>>;
  /** Those whose absence breaks a rule. */
  readonly demanded: readonly CheckedField[];
  readonly requiredOneofs: readonly DescOneof[];
}

export interface ValidatorOptions {
  /** Takes what is no fault: deprecated fields, and unknown ones when they are allowed. */
  readonly warn?: (text: string) => void;
  /** Fields in binary messages that the API does not have: refused unless allowed. */
  readonly allowUnknownFields?: boolean;
}

export class MessageValidator {
  readonly #registry: TypeRegistry;
  readonly #options: ValidatorOptions;
  readonly #plans = new Map<string, CheckedMessage>();
  /** How often Envoy checks what is being checked once its runtime is there to count. */
  #checksCounted = 0;
  #deprecatedUses = 0;

  constructor(registry: TypeRegistry, options: ValidatorOptions = {}) {
    this.#registry = registry;
    this.#options = options;
  }

  /**
   * For `runtime.deprecated_feature_use`: deprecated fields in packed messages, those of route configurations twice. Those
   * of the bootstrap itself are seen before there is anything that counts.
   */
  get deprecatedUses(): number {
    return this.#deprecatedUses;
  }

  /** Gathers in `ctx` what breaks a rule. */
  validate(desc: DescMessage, message: Message, ctx: ConfigContext): void {
    const plan = this.#plan(desc);
    this.#checkUnknown(desc, message, ctx);
    const fields = fieldsToCheck(plan, message);
    for (const { field, deprecated } of fields) {
      if (deprecated === 'no' || !isFieldSet(message, field)) continue;
      if (deprecated === 'refused') ctx.child(field.name).error(deprecatedFieldText(field));
      else this.#warnDeprecated(desc, field);
    }
    for (const { field, rules, checked } of fields) if (checked) this.#checkField(field, rules, message, ctx);
    for (const oneof of plan.requiredOneofs) {
      if (oneofCase(message, oneof.localName) !== undefined) continue;
      const names = oneof.fields.map((field) => field.name).join(', ');
      ctx.error(`oneof ${oneof.name} of ${desc.typeName} is required`, { expected: `one of ${names}` });
    }
  }

  #warnDeprecated(desc: DescMessage, field: DescField): void {
    this.#deprecatedUses += this.#checksCounted;
    this.#options.warn?.(`Deprecated field: type ${desc.typeName} ${deprecatedFieldText(field)}`);
  }

  #checkUnknown(desc: DescMessage, message: Message, ctx: ConfigContext): void {
    const text = unknownFieldsText(desc, message);
    if (text === undefined) return;
    if (this.#options.allowUnknownFields === true) this.#options.warn?.(`Unknown field: ${text}`);
    else ctx.error(`Protobuf message (${text}) has unknown fields`);
  }

  #checkField(field: DescField, rules: FieldRules | undefined, message: Message, ctx: ConfigContext): void {
    const value = getField(message, field);
    if (field.fieldKind === 'list') return this.#checkList(field, rules, value as unknown[], ctx);
    if (field.fieldKind === 'map') return this.#checkMap(field, rules, value as Record<string, unknown>, ctx);
    if (value === undefined) {
      if (field.oneof === undefined && isRequired(rules)) ctx.child(field.name).error(`value is required`);
      return;
    }
    this.#checkOne(field, rules, value, () => ctx.child(field.name));
  }

  #checkList(
    field: DescField & { fieldKind: 'list' },
    rules: FieldRules | undefined,
    list: unknown[],
    ctx: ConfigContext,
  ): void {
    const own = rules?.type.case === 'repeated' ? rules.type.value : undefined;
    if (own !== undefined) {
      if (list.length === 0 && ownRule(own, 'ignoreEmpty') === true) return;
      checkCount(own, list, (text) => ctx.child(field.name).error(text));
    }
    if (own?.items === undefined && field.listKind !== 'message') return;
    for (const [index, item] of list.entries()) {
      this.#checkOne(field, own?.items, item, () => ctx.child(field.name, index));
    }
  }

  #checkMap(
    field: DescField & { fieldKind: 'map' },
    rules: FieldRules | undefined,
    map: Record<string, unknown>,
    ctx: ConfigContext,
  ): void {
    const own = rules?.type.case === 'map' ? rules.type.value : undefined;
    const keys = Object.keys(map);
    if (own !== undefined) checkPairs(own, keys, (text) => ctx.child(field.name).error(text));
    for (const key of keys) {
      const at = (): ConfigContext => ctx.child(field.name, key);
      if (own?.keys !== undefined) checkValue(own.keys.type, key, undefined, (text) => at().error(`key: ${text}`));
      this.#checkOne(field, own?.values, map[key], at);
    }
  }

  #checkOne(field: DescField, rules: FieldRules | undefined, value: unknown, at: () => ConfigContext): void {
    if (rules !== undefined) {
      const report: Report = (text) => at().error(text);
      const inner = field.message !== undefined && isWrapper(field.message) && !isUnwrapped(field);
      checkValue(rules.type, inner ? (value as { value: unknown }).value : value, field.enum, report);
    }
    if (field.message === undefined || isUnwrapped(field) || isJsonStruct(field)) return;
    if (rules?.message !== undefined && ownRule(rules.message, 'skip') === true) return;
    if (field.message.typeName === 'google.protobuf.Any') {
      if (field.parent.typeName !== 'envoy.config.core.v3.Metadata') this.#checkPacked(value as PackedConfig, at());
    } else if (field.message.typeName === 'google.protobuf.Duration') {
      checkDurationRange(value as TimeParts, at);
    } else if (!field.message.typeName.startsWith('google.protobuf.')) {
      const checks = field.message.typeName === ROUTES && this.#checksCounted > 0 ? 2 : this.#checksCounted;
      this.#validateCounted(checks, field.message, value as Message, at());
    }
  }

  #validateCounted(checks: number, desc: DescMessage, message: Message, ctx: ConfigContext): void {
    const before = this.#checksCounted;
    this.#checksCounted = checks;
    this.validate(desc, message, ctx);
    this.#checksCounted = before;
  }

  /** A type that is not known is the extension's affair: it says so by name. */
  #checkPacked(any: PackedConfig, ctx: ConfigContext): void {
    if (any.typeUrl === '' || this.#registry.messageForUrl(any.typeUrl) === undefined) return;
    const opened = this.#registry.unpackTyped(any, ctx);
    if (opened === undefined || opened.desc.typeName.startsWith('google.protobuf.')) return;
    const struct = any.typeUrl.endsWith('.TypedStruct');
    this.#validateCounted(1, opened.desc, opened.message, struct ? ctx.child('value') : ctx);
  }

  #plan(desc: DescMessage): CheckedMessage {
    const known = this.#plans.get(desc.typeName);
    if (known !== undefined) return known;
    const disabled = this.#registry.option(desc, 'validate.disabled') === true;
    const plan = disabled ? nothingToCheck : this.#makePlan(desc);
    this.#plans.set(desc.typeName, plan);
    return plan;
  }

  #makePlan(desc: DescMessage): CheckedMessage {
    const byName = new Map<string, CheckedField | Map<string, CheckedField>>();
    for (const { localName } of desc.oneofs) byName.set(localName, new Map<string, CheckedField>());
    const demanded: CheckedField[] = [];
    const unset = this.#registry.create(desc);
    for (const [order, field] of desc.fields.entries()) {
      const made = this.#planField(field, order);
      const cases = field.oneof === undefined ? byName : byName.get(field.oneof.localName);
      if (cases instanceof Map) cases.set(field.localName, made);
      if (made.rules !== undefined && this.#breaksRule(made, unset)) demanded.push(made);
    }
    const requiredOneofs = desc.oneofs.filter((oneof) => this.#registry.option(oneof, 'validate.required') === true);
    return { byName, demanded, requiredOneofs };
  }

  #planField(field: DescField, order: number): CheckedField {
    const rules = this.#registry.option(field, 'validate.rules') as FieldRules | undefined;
    const disallowed = this.#registry.option(field, 'envoy.annotations.disallowed_by_default') === true;
    const deprecated = disallowed ? 'refused' : field.deprecated ? 'warned of' : 'no';
    return { field, order, rules, checked: rules !== undefined || field.message !== undefined, deprecated };
  }

  #breaksRule({ field, rules }: CheckedField, message: Message): boolean {
    const collector = new ConfigErrorCollector();
    this.#checkField(field, rules, message, new ConfigContext(collector));
    return collector.hasErrors;
  }
}

const nothingToCheck: CheckedMessage = { byName: new Map(), demanded: [], requiredOneofs: [] };

/** The fields that the message has of its own and those that it must have, in their order. */
function fieldsToCheck({ byName, demanded }: CheckedMessage, message: Message): CheckedField[] {
  const fields: CheckedField[] = [];
  for (const name of Object.keys(message)) {
    const known = byName.get(name);
    const field = known instanceof Map ? known.get(oneofCase(message, name) ?? '') : known;
    if (field !== undefined) fields.push(field as CheckedField);
  }
  for (const field of demanded) if (!fields.includes(field)) fields.push(field);
  return fields.length < 2 ? fields : fields.sort((a, b) => a.order - b.order);
}

/** What holds of every duration that Envoy uses, whatever its rules: no less than zero, nanoseconds in 64 bits. */
function checkDurationRange(duration: TimeParts, at: () => ConfigContext): void {
  const { seconds, nanos } = duration;
  if (seconds < 0n || nanos < 0) at().error('Invalid duration: Expected positive duration');
  else if (nanos > 999_999_999 || seconds > MAX_SECONDS) at().error('Invalid duration: Duration out-of-range');
}

function isRequired(rules: FieldRules | undefined): boolean {
  if (rules === undefined) return false;
  if (rules.message !== undefined && ownRule(rules.message, 'required') === true) return true;
  const { type } = rules;
  if (type.case !== 'duration' && type.case !== 'timestamp' && type.case !== 'any') return false;
  return ownRule(type.value, 'required') === true;
}

function checkCount(rules: RepeatedRules, list: readonly unknown[], report: Report): void {
  const min = ownRule(rules, 'minItems');
  const max = ownRule(rules, 'maxItems');
  if (min !== undefined && BigInt(list.length) < min) report(`value must contain at least ${min} item(s)`);
  if (max !== undefined && BigInt(list.length) > max) report(`value must contain no more than ${max} item(s)`);
  if (ownRule(rules, 'unique') === true && new Set(list).size !== list.length) {
    report('repeated value must contain unique items');
  }
}

function checkPairs(rules: MapRules, keys: readonly string[], report: Report): void {
  const min = ownRule(rules, 'minPairs');
  const max = ownRule(rules, 'maxPairs');
  if (min !== undefined && BigInt(keys.length) < min) report(`value must contain at least ${min} pair(s)`);
  if (max !== undefined && BigInt(keys.length) > max) report(`value must contain no more than ${max} pair(s)`);
}
