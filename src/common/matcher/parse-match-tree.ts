import type {
  Matcher,
  Matcher_MatcherList,
  Matcher_MatcherList_Predicate,
  Matcher_MatcherList_Predicate_SinglePredicate,
  Matcher_MatcherTree,
  Matcher_MatcherTree_MatchMap,
  Matcher_OnMatch,
} from '../../../api/generated/xds/type/matcher/v3/matcher_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type ExtensionCategory, resolveExtension, type ServerFactoryContext } from '../../../sdk/extension.ts';
import type {
  CommonInputExtension,
  CustomMatcherExtension,
  HttpInputExtension,
  InputMatcher,
  InputMatcherExtension,
  MatchDataType,
  MatchInput,
  MatchTreeFactory,
  NamedExtension,
  NetworkInputExtension,
  ParseAction,
  StatTagInputExtension,
} from '../../../sdk/matching.ts';
import { AllPredicate, AnyPredicate, NotPredicate, SinglePredicate } from './match-predicate.ts';
import {
  ActionNode,
  ExactMapTree,
  ListTree,
  type MatchPredicate,
  noMatch,
  PassedOver,
  PrefixMapTree,
} from './match-tree.ts';
import { parseStringMatcher } from './string-matcher.ts';

type TypedInput = NetworkInputExtension | HttpInputExtension | StatTagInputExtension | CommonInputExtension;
type InputCategory = Exclude<TypedInput['category'], 'envoy.matching.common_inputs'>;

const CUSTOM_MATCHERS = {
  'envoy.matching.network.input': 'envoy.matching.network.custom_matchers',
  'envoy.matching.http.input': 'envoy.matching.http.custom_matchers',
  'envoy.matching.stat_tag_matching_data.input': 'envoy.matching.stat_tag_matching_data.custom_matchers',
} as const satisfies Record<InputCategory, ExtensionCategory>;

/** What a matcher is about. */
export interface MatchTreeSubject<Action extends object> {
  readonly inputs: InputCategory;
  /** Opens an action; undefined when it cannot be used here, with the fault gathered. */
  readonly parseAction: ParseAction<Action>;
  /** What is wrong with an input of this type here; common inputs are always right. */
  readonly inputFault?: (type: string, name: string) => string | undefined;
  /** Why `keep_matching` may not be used here. */
  readonly keepMatchingFault?: string;
}

/** Makes a piece of a matcher on a thread. */
type Make<Piece> = (context: ServerFactoryContext) => Piece;

/**
 * Checks an xds.type.matcher.v3.Matcher; faults are gathered in `ctx`. Its rules (what is required) are those of the
 * proto and have been checked before.
 */
export function parseMatchTree<Data, Action extends object>(
  config: Matcher,
  subject: MatchTreeSubject<Action>,
  ctx: ConfigContext,
): MatchTreeFactory<Data, Action> {
  return new MatchTreeParser<Data, Action>(subject).matcher(config, ctx);
}

class MatchTreeParser<Data, Action extends object> {
  readonly #subject: MatchTreeSubject<Action>;

  constructor(subject: MatchTreeSubject<Action>) {
    this.#subject = subject;
  }

  matcher(config: Matcher, ctx: ConfigContext): MatchTreeFactory<Data, Action> {
    const onNoMatch = this.#onMatch(config.onNoMatch, ctx.child('on_no_match'));
    const { matcherType } = config;
    if (matcherType.case === 'matcherList') return this.#list(matcherType.value, onNoMatch, ctx.child('matcher_list'));
    if (matcherType.case === 'matcherTree') return this.#tree(matcherType.value, onNoMatch, ctx.child('matcher_tree'));
    return onNoMatch;
  }

  #onMatch(config: Matcher_OnMatch | undefined, ctx: ConfigContext): MatchTreeFactory<Data, Action> {
    const inner = this.#target(config, ctx);
    if (config === undefined || !config.keepMatching) return inner;
    const { keepMatchingFault } = this.#subject;
    if (keepMatchingFault !== undefined) ctx.child('keep_matching').error(keepMatchingFault);
    return (context) => new PassedOver(inner(context));
  }

  #target(config: Matcher_OnMatch | undefined, ctx: ConfigContext): MatchTreeFactory<Data, Action> {
    const onMatch = config?.onMatch;
    if (onMatch?.case === 'matcher') return this.matcher(onMatch.value, ctx.child('matcher'));
    const action =
      onMatch?.case === 'action' ? this.#subject.parseAction(onMatch.value, ctx.child('action')) : undefined;
    const node = action === undefined ? noMatch : new ActionNode(action);
    return () => node;
  }

  #list(
    { matchers }: Matcher_MatcherList,
    onNoMatch: MatchTreeFactory<Data, Action>,
    ctx: ConfigContext,
  ): MatchTreeFactory<Data, Action> {
    const made = matchers.map(({ predicate, onMatch }, i) => {
      const place = ctx.child('matchers', i);
      return {
        predicate: this.#predicate(predicate, place.child('predicate')),
        onMatch: this.#onMatch(onMatch, place.child('on_match')),
      };
    });
    return (context) =>
      new ListTree(
        made.map(({ predicate, onMatch }) => [predicate(context), onMatch(context)]),
        onNoMatch(context),
      );
  }

  #predicate(config: Matcher_MatcherList_Predicate | undefined, ctx: ConfigContext): Make<MatchPredicate<Data>> {
    const matchType = config?.matchType;
    switch (matchType?.case) {
      case 'singlePredicate':
        return this.#single(matchType.value, ctx.child('single_predicate'));
      case 'orMatcher': {
        const inner = this.#predicates(matchType.value.predicate, ctx.child('or_matcher'));
        return (context) => new AnyPredicate(inner.map((make) => make(context)));
      }
      case 'andMatcher': {
        const inner = this.#predicates(matchType.value.predicate, ctx.child('and_matcher'));
        return (context) => new AllPredicate(inner.map((make) => make(context)));
      }
      case 'notMatcher': {
        const inner = this.#predicate(matchType.value, ctx.child('not_matcher'));
        return (context) => new NotPredicate(inner(context));
      }
      default:
        return () => new AnyPredicate<Data>([]);
    }
  }

  #predicates(list: readonly Matcher_MatcherList_Predicate[], ctx: ConfigContext): Make<MatchPredicate<Data>>[] {
    return list.map((predicate, i) => this.#predicate(predicate, ctx.child('predicate', i)));
  }

  #single(config: Matcher_MatcherList_Predicate_SinglePredicate, ctx: ConfigContext): Make<MatchPredicate<Data>> {
    const input = this.#input(config.input, ctx.child('input'));
    const { dataType, make: matcher } = parseInputMatcher(config, ctx);
    const given = input.dataType ?? 'string';
    if (given !== dataType) ctx.error(`Unsupported data input type: ${given}`);
    return (context) => new SinglePredicate(input, matcher(context));
  }

  #input(config: NamedExtension | undefined, ctx: ConfigContext): MatchInput<Data> {
    const named = { name: config?.name ?? '', typedConfig: config?.typedConfig };
    const type =
      named.typedConfig === undefined ? '' : (ctx.child('typed_config').unpack(named.typedConfig)?.$typeName ?? '');
    const isTyped = ctx.extensions?.byConfigType(this.#subject.inputs, type) !== undefined;
    const category = isTyped ? this.#subject.inputs : 'envoy.matching.common_inputs';
    const fault = isTyped ? this.#subject.inputFault?.(type, named.name) : undefined;
    if (fault !== undefined) ctx.error(fault);
    const found = resolveExtension<TypedInput>(ctx, category, named);
    return (found?.extension.createInput(found.config) as MatchInput<Data> | undefined) ?? { get: () => undefined };
  }

  #tree(
    config: Matcher_MatcherTree,
    onNoMatch: MatchTreeFactory<Data, Action>,
    ctx: ConfigContext,
  ): MatchTreeFactory<Data, Action> {
    const input = this.#input(config.input, ctx.child('input'));
    const { treeType } = config;
    if (treeType.case !== 'customMatch') requireText(input, 'map', ctx);
    switch (treeType.case) {
      case 'exactMatchMap': {
        const branches = this.#map(treeType.value, ctx.child('exact_match_map'));
        return (context) => new ExactMapTree(input, branches(context), onNoMatch(context));
      }
      case 'prefixMatchMap': {
        const branches = this.#map(treeType.value, ctx.child('prefix_match_map'));
        return (context) => new PrefixMapTree(input, branches(context), onNoMatch(context));
      }
      case 'customMatch':
        return this.#custom(treeType.value, input, onNoMatch, ctx.child('custom_match'));
      default:
        return onNoMatch;
    }
  }

  #map({ map }: Matcher_MatcherTree_MatchMap, ctx: ConfigContext) {
    const branches = Object.entries(map).map(([key, onMatch]) => {
      return [key, this.#onMatch(onMatch, ctx.child('map', key))] as const;
    });
    return (context: ServerFactoryContext) => new Map(branches.map(([key, make]) => [key, make(context)]));
  }

  #custom(
    config: NamedExtension,
    input: MatchInput<Data>,
    onNoMatch: MatchTreeFactory<Data, Action>,
    ctx: ConfigContext,
  ): MatchTreeFactory<Data, Action> {
    const category = CUSTOM_MATCHERS[this.#subject.inputs];
    const named = { name: config.name, typedConfig: config.typedConfig };
    const found = resolveExtension<CustomMatcherExtension>(ctx, category, named);
    if (found === undefined) return onNoMatch;
    const { extension, config: checked } = found;
    requireText(input, extension.title, ctx);
    const place = ctx.child('typed_config');
    const branches = extension.branches(checked).map((onMatch, i) => {
      return this.#onMatch(
        onMatch as Matcher_OnMatch | undefined,
        place.child(extension.branchField, i).child('on_match'),
      );
    });
    return (context) => {
      const made = branches.map((make) => make(context));
      return extension.createTree(checked, input, made, onNoMatch(context));
    };
  }
}

function requireText({ dataType = 'string' }: MatchInput<never>, matcher: string, ctx: ConfigContext): void {
  if (dataType === 'string') return;
  ctx.error(`Unsupported data input type: ${dataType}, currently only string type is supported in ${matcher} matcher`);
}

interface ParsedInputMatcher {
  readonly dataType: MatchDataType;
  readonly make: Make<InputMatcher>;
}

function parseInputMatcher(
  { matcher }: Matcher_MatcherList_Predicate_SinglePredicate,
  ctx: ConfigContext,
): ParsedInputMatcher {
  if (matcher.case === 'valueMatch') {
    const value = parseStringMatcher(matcher.value, ctx.child('value_match'));
    return { dataType: 'string', make: () => value };
  }
  const place = ctx.child('custom_match');
  const named = { name: matcher.value?.name ?? '', typedConfig: matcher.value?.typedConfig };
  const found = resolveExtension<InputMatcherExtension>(place, 'envoy.matching.input_matchers', named);
  return {
    dataType: found?.extension.dataType ?? 'string',
    make: (context) => found?.extension.createMatcher(found.config, context) ?? { match: () => false },
  };
}
