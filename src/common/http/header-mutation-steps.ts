import type { HeaderMutation as MutationProto } from '../../../api/generated/envoy/config/common/mutation_rules/v3/mutation_rules_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { CommandTable } from '../formatter/command-syntax.ts';
import { parseStringMatcher } from '../matcher/string-matcher.ts';
import { type HeaderFormat, parseHeaderFormat } from '../router/header-format.ts';

/** What values may be made of. */
export interface MutationInput {
  readonly requestHeaders: RequestHeaderMap | undefined;
  readonly responseHeaders: ResponseHeaderMap | undefined;
  readonly streamInfo: StreamInfo;
}

/** One step, made in the order of the configuration. */
export interface Mutation {
  apply(target: HeaderMap, input: MutationInput): void;
}

/** A list of envoy.config.common.mutation_rules.v3.HeaderMutation. */
export function parseMutations(
  configs: readonly MutationProto[],
  ctx: ConfigContext,
  field: string,
  commands?: CommandTable,
): readonly Mutation[] {
  return configs.flatMap((config, i) => parseMutation(config, ctx.child(field, i), commands));
}

export function applyMutations(mutations: readonly Mutation[], target: HeaderMap, input: MutationInput): void {
  for (const mutation of mutations) mutation.apply(target, input);
}

function parseMutation(config: MutationProto, ctx: ConfigContext, commands: CommandTable | undefined): Mutation[] {
  const { action } = config;
  switch (action.case) {
    case 'remove': {
      const name = action.value.toLowerCase();
      return [{ apply: (target) => target.remove(name) }];
    }
    case 'removeOnMatch': {
      const { keyMatcher } = action.value;
      if (keyMatcher === undefined) return [];
      const matcher = parseStringMatcher(keyMatcher, ctx.child('remove_on_match').child('key_matcher'));
      return [{ apply: (target) => target.removeIf((name) => !name.startsWith(':') && matcher.match(name)) }];
    }
    case 'append':
      return parseAppend(action.value, ctx.child('append'), commands);
    default:
      ctx.error('an action is required', { expected: 'one of remove, append, remove_on_match' });
      return [];
  }
}

type Append = Extract<MutationProto['action'], { case: 'append' }>['value'];

const APPEND_IF_EXISTS_OR_ADD = 0;
const ADD_IF_ABSENT = 1;
const OVERWRITE_IF_EXISTS = 3;

function parseAppend(config: Append, ctx: ConfigContext, commands: CommandTable | undefined): Mutation[] {
  ctx.requireSupported(config, ['header', 'appendAction', 'keepEmptyValue']);
  const { header, appendAction, keepEmptyValue } = config;
  if (header === undefined) return [];
  const name = header.key.toLowerCase();
  if (name.startsWith(':') || name === 'host') ctx.error(':-prefixed or host headers may not be modified');
  ctx.child('header').requireSupported(header, ['key', 'value', 'rawValue']);
  // Of a header Envoy looks at `value` alone.
  const format = parseHeaderFormat(
    header.value,
    ctx.child('header').child('value'),
    commands === undefined ? {} : { commands },
  );
  return [new AppendMutation(name, format, appendAction, keepEmptyValue)];
}

class AppendMutation implements Mutation {
  readonly #name: string;
  readonly #format: HeaderFormat;
  readonly #action: number;
  readonly #keepEmptyValue: boolean;

  constructor(name: string, format: HeaderFormat, action: number, keepEmptyValue: boolean) {
    this.#name = name;
    this.#format = format;
    this.#action = action;
    this.#keepEmptyValue = keepEmptyValue;
  }

  apply(target: HeaderMap, { requestHeaders, responseHeaders, streamInfo }: MutationInput): void {
    const value = this.#format.constant ?? this.#format.format(requestHeaders, responseHeaders, streamInfo);
    if (value === '' && !this.#keepEmptyValue) return;
    if (this.#action === APPEND_IF_EXISTS_OR_ADD) {
      target.add(this.#name, value);
      return;
    }
    const exists = target.has(this.#name);
    if (this.#action === ADD_IF_ABSENT ? exists : this.#action === OVERWRITE_IF_EXISTS && !exists) return;
    // The header goes to the end, also one that a route's mutations would leave in its place.
    target.remove(this.#name);
    target.set(this.#name, value);
  }
}
