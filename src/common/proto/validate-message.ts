/**
 * The rules that Envoy's protos carry (`validate.rules`, protoc-gen-validate), interpreted by reflection. All faults are
 * gathered with their paths; packed messages of known types are opened and checked too.
 */
import type { DescField, DescMessage, DescOneof, Message } from '@bufbuild/protobuf';
import { isFieldSet } from '@bufbuild/protobuf';
import type { FieldRules, MapRules, RepeatedRules } from '../../../api/generated/validate/validate_pb.d.ts';
import { ConfigContext, ConfigErrorCollector, type PackedConfig } from '../../../sdk/config.ts';
import { type DeprecatedFeatures, deprecatedByDefault, deprecatedFieldText, unknownFieldsText } from './deprecation.ts';
import { getField, isJsonStruct, isUnwrapped, isWrapper, oneofCase } from './field-access.ts';
import type { TimeParts } from './json-time.ts';
import { packedItems } from './packed-list.ts';
import { ownRule, type Report } from './rule-check.ts';
import { compileRules, type ValueCheck } from './rule-value.ts';
import type { TypeRegistry } from './type-registry.ts';

const NETWORK_FILTER = 'envoy.config.listener.v3.Filter';

/** Packed configurations that Envoy opens without looking at their rules. */
const WITHOUT_RULES: ReadonlySet<string> = new Set([
  'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig',
]);

/** Envoy does not open the configuration of a filter that a route switches off. */
function isSwitchedOff(desc: DescMessage, message: Message): boolean {
  return (
    desc.typeName === 'envoy.config.route.v3.FilterConfig' && (message as { disabled?: boolean }).disabled === true
  );
}

/** 2^63 nanoseconds. */
const MAX_SECONDS = 9_223_372_035n;

interface Place {
  readonly field: string;
  index: number | string | undefined;
}

interface CheckedField {
  readonly field: DescField;
  /** Its place among the fields of the message, by which faults are told. */
  readonly order: number;
  readonly kind: 'single' | 'list' | 'map';
  /** Whether there is more to do than to see that it is deprecated. */
  readonly checked: boolean;
  readonly deprecated: 'no' | 'warned of' | 'refused';
  /** Whether absence breaks a rule. */
  readonly required: boolean;
  readonly list: RepeatedRules | undefined;
  readonly map: MapRules | undefined;
  /** Of a map's keys. */
  readonly checkKey: ValueCheck | undefined;
  /** Of the value, of a list's items, of a map's values. */
  readonly checkValue: ValueCheck | undefined;
  /** What a value has inside that is to be checked. */
  readonly inside: 'nothing' | 'message' | 'any' | 'duration';
  /** Whether the value is a wrapper's message. */
  readonly wrapper: boolean;
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
  /** Of packed messages: Envoy has no runtime yet when it checks what is not packed. */
  readonly deprecatedFeatures?: DeprecatedFeatures;
}

export class MessageValidator {
  readonly #registry: TypeRegistry;
  readonly #options: ValidatorOptions;
  readonly #plans = new Map<string, CheckedMessage>();
  /** How often Envoy checks what is being checked once its runtime is there to count. */
  #checksCounted = 0;
  #deprecatedUses = 0;
  /** The place of what is being checked: a context and the steps from there. */
  #at: { readonly base: ConfigContext; readonly places: Place[] } = {
    base: new ConfigContext(new ConfigErrorCollector()),
    places: [],
  };
  readonly #report: Report = (text) => this.#here().error(text);

  constructor(registry: TypeRegistry, options: ValidatorOptions = {}) {
    this.#registry = registry;
    this.#options = options;
  }

  /**
   * For `runtime.deprecated_feature_use`: deprecated fields in packed messages, as often as Envoy checks them. Those of the
   * bootstrap itself are seen before there is anything that counts.
   */
  get deprecatedUses(): number {
    return this.#deprecatedUses;
  }

  /** Gathers in `ctx` what breaks a rule. */
  validate(desc: DescMessage, message: Message, ctx: ConfigContext): void {
    const { base, places } = this.#at;
    this.#at = { base: ctx, places: [] };
    this.#message(desc, message);
    this.#at = { base, places };
  }

  #message(desc: DescMessage, message: Message): void {
    const plan = this.#plan(desc);
    if (message.$unknown !== undefined) this.#checkUnknown(desc, message);
    if (WITHOUT_RULES.has(desc.typeName) || isSwitchedOff(desc, message)) return;
    const fields = fieldsToCheck(plan, message);
    for (const { field, deprecated } of fields) {
      if (deprecated === 'no' || !isFieldSet(message, field)) continue;
      this.#checkDeprecated(desc, field, deprecated === 'refused');
    }
    for (const checked of fields) if (checked.checked) this.#checkField(checked, message);
    for (const oneof of plan.requiredOneofs) {
      if (oneofCase(message, oneof.localName) !== undefined) continue;
      const names = oneof.fields.map((field) => field.name).join(', ');
      this.#here().error(`oneof ${oneof.name} of ${desc.typeName} is required`, { expected: `one of ${names}` });
    }
  }

  /** Where the check is: made when there is something to tell. */
  #here(): ConfigContext {
    const { base, places } = this.#at;
    return places.reduce((ctx, { field, index }) => ctx.child(field, index), base);
  }

  #checkDeprecated(desc: DescMessage, field: DescField, disallowed: boolean): void {
    const features = this.#checksCounted === 0 ? undefined : this.#options.deprecatedFeatures;
    const how = (features ?? deprecatedByDefault)(`${desc.typeName}.${field.name}`, disallowed);
    const text = deprecatedFieldText(field, how);
    if (how === 'refused') return this.#here().child(field.name).error(text);
    this.#deprecatedUses += this.#checksCounted;
    this.#options.warn?.(`Deprecated field: type ${desc.typeName} ${text}`);
  }

  #checkUnknown(desc: DescMessage, message: Message): void {
    const text = unknownFieldsText(desc, message);
    if (text === undefined) return;
    if (this.#options.allowUnknownFields === true) this.#options.warn?.(`Unknown field: ${text}`);
    else this.#here().error(`Protobuf message (${text}) has unknown fields`);
  }

  #checkField(checked: CheckedField, message: Message): void {
    const { places } = this.#at;
    const place: Place = { field: checked.field.name, index: undefined };
    places.push(place);
    const value = getField(message, checked.field);
    if (checked.kind === 'list') this.#checkList(checked, value as unknown[], place);
    else if (checked.kind === 'map') this.#checkMap(checked, value as Record<string, unknown>, place);
    else if (value !== undefined) this.#checkOne(checked, value);
    else if (checked.required) this.#report('value is required');
    places.pop();
  }

  #checkList(checked: CheckedField, list: unknown[], place: Place): void {
    const { list: rules, checkValue, inside } = checked;
    if (rules !== undefined) {
      if (list.length === 0 && ownRule(rules, 'ignoreEmpty') === true) return;
      checkCount(rules, list, this.#report);
    }
    if ((checkValue === undefined && inside === 'nothing') || packedItems(list) !== undefined) return;
    for (let index = 0; index < list.length; index++) {
      place.index = index;
      this.#checkOne(checked, list[index]);
    }
  }

  #checkMap(checked: CheckedField, map: Record<string, unknown>, place: Place): void {
    const { map: rules, checkKey } = checked;
    const keys = Object.keys(map);
    if (rules !== undefined) checkPairs(rules, keys, this.#report);
    for (const key of keys) {
      place.index = key;
      checkKey?.(key, (text) => this.#report(`key: ${text}`));
      this.#checkOne(checked, map[key]);
    }
  }

  #checkOne({ field, checkValue, inside, wrapper }: CheckedField, value: unknown): void {
    checkValue?.(wrapper ? (value as { value: unknown }).value : value, this.#report);
    if (inside === 'message') this.#checkInside(field, value as Message);
    else if (inside === 'any') this.#checkPacked(field, value as PackedConfig);
    else if (inside === 'duration') checkDurationRange(value as TimeParts, this.#report);
  }

  #checkInside({ message: desc }: DescField, message: Message): void {
    if (desc !== undefined) this.#message(desc, message);
  }

  /** Envoy checks a network filter and all within it twice, but what lies in a map of packed configurations. */
  #checksOf(field: DescField): number {
    if (field.fieldKind === 'map') return 1;
    return field.parent.typeName === NETWORK_FILTER ? 2 : Math.max(1, this.#checksCounted);
  }

  #counted(checks: number, desc: DescMessage, message: Message): void {
    const before = this.#checksCounted;
    this.#checksCounted = checks;
    this.#message(desc, message);
    this.#checksCounted = before;
  }

  /** A type that is not known is the extension's affair: it says so by name. */
  #checkPacked(field: DescField, any: PackedConfig): void {
    if (any.typeUrl === '' || this.#registry.messageForUrl(any.typeUrl) === undefined) return;
    const opened = this.#registry.unpackTyped(any, this.#here());
    if (opened === undefined || opened.desc.typeName.startsWith('google.protobuf.')) return;
    const { places } = this.#at;
    const isStruct = any.typeUrl.endsWith('.TypedStruct');
    if (isStruct) places.push({ field: 'value', index: undefined });
    this.#counted(this.#checksOf(field), opened.desc, opened.message);
    if (isStruct) places.pop();
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
      if (made.checked && this.#breaksRule(made, unset)) demanded.push(made);
    }
    const requiredOneofs = desc.oneofs.filter((oneof) => this.#registry.option(oneof, 'validate.required') === true);
    return { byName, demanded, requiredOneofs };
  }

  #planField(field: DescField, order: number): CheckedField {
    const rules = this.#registry.option(field, 'validate.rules') as FieldRules | undefined;
    const disallowed = this.#registry.option(field, 'envoy.annotations.disallowed_by_default') === true;
    const deprecated = disallowed ? 'refused' : field.deprecated ? 'warned of' : 'no';
    const kind = field.fieldKind === 'list' || field.fieldKind === 'map' ? field.fieldKind : 'single';
    const list = rules?.type.case === 'repeated' ? rules.type.value : undefined;
    const map = rules?.type.case === 'map' ? rules.type.value : undefined;
    const ofValue = kind === 'list' ? list?.items : kind === 'map' ? map?.values : rules;
    const inside = ofValue?.message !== undefined && ownRule(ofValue.message, 'skip') ? 'nothing' : insideOf(field);
    return {
      ...{ field, order, kind, deprecated, list, map, inside },
      checked: rules !== undefined || inside !== 'nothing',
      required: kind === 'single' && field.oneof === undefined && isRequired(rules),
      checkKey: map?.keys && compileRules(map.keys.type, undefined),
      checkValue: ofValue && compileRules(ofValue.type, field.enum),
      wrapper: field.message !== undefined && isWrapper(field.message) && !isUnwrapped(field),
    };
  }

  #breaksRule(checked: CheckedField, message: Message): boolean {
    const before = this.#at;
    const collector = new ConfigErrorCollector();
    this.#at = { base: new ConfigContext(collector), places: [] };
    this.#checkField(checked, message);
    this.#at = before;
    return collector.hasErrors;
  }
}

/** What a value, an item of the list or a value of the map has inside. */
function insideOf(field: DescField): CheckedField['inside'] {
  if (field.message === undefined || isUnwrapped(field) || isJsonStruct(field)) return 'nothing';
  switch (field.message.typeName) {
    case 'google.protobuf.Any':
      return field.parent.typeName === 'envoy.config.core.v3.Metadata' ? 'nothing' : 'any';
    case 'google.protobuf.Duration':
      return 'duration';
    default:
      return field.message.typeName.startsWith('google.protobuf.') ? 'nothing' : 'message';
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
  for (let i = 1; i < fields.length; i++) {
    if ((fields[i] as CheckedField).order < (fields[i - 1] as CheckedField).order) {
      return fields.sort((a, b) => a.order - b.order);
    }
  }
  return fields;
}

/** Says of messages whether there is nothing to tell: no fault, no warning. */
export function faultlessCheck(registry: TypeRegistry): (desc: DescMessage, message: Message) => boolean {
  let warned = false;
  const warn = (): void => {
    warned = true;
  };
  const validator = new MessageValidator(registry, { warn });
  return (desc, message) => {
    const collector = new ConfigErrorCollector();
    warned = false;
    validator.validate(desc, message, new ConfigContext(collector, '', registry));
    return !warned && !collector.hasErrors;
  };
}

/** What holds of every duration that Envoy uses, whatever its rules: no less than zero, nanoseconds in 64 bits. */
function checkDurationRange(duration: TimeParts, report: Report): void {
  const { seconds, nanos } = duration;
  if (seconds < 0n || nanos < 0) report('Invalid duration: Expected positive duration');
  else if (nanos > 999_999_999 || seconds > MAX_SECONDS) report('Invalid duration: Duration out-of-range');
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
