/**
 * The generic matcher (xds.type.matcher.v3.Matcher): inputs read something, mostly a text, out of a connection or a request, input
 * matchers judge it, custom matchers choose among branches by it. Implementation: src/common/matcher.
 */
import type { Message } from '@bufbuild/protobuf';
import type { ConfigContext, PackedConfig } from './config.ts';
import type { Extension, LogContext, ServerFactoryContext } from './extension.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from './headers.ts';
import type { StreamInfo, StructValue } from './stream-info.ts';

/** What inputs of category `envoy.matching.network.input` read. */
export interface NetworkMatchingData {
  readonly streamInfo: StreamInfo;
}

/** What inputs of category `envoy.matching.http.input` read; what has not come yet is undefined. */
export interface HttpMatchingData extends NetworkMatchingData {
  readonly requestHeaders: RequestHeaderMap | undefined;
  readonly requestTrailers: HeaderMap | undefined;
  readonly responseHeaders: ResponseHeaderMap | undefined;
  readonly responseTrailers: HeaderMap | undefined;
}

/** What inputs of category `envoy.matching.stat_tag_matching_data.input` read: a tag of a statistic. */
export interface StatTagMatchingData {
  readonly value: string;
}

/** What is no text: a request as far as it has come, or a value of metadata. Only matchers that ask for it take it. */
export type MatchInputData =
  | { readonly kind: 'request'; readonly log: LogContext; readonly streamInfo: StreamInfo }
  | { readonly kind: 'metadata'; readonly value: StructValue | undefined };

/** Undefined = there is nothing; null = it may still come, so that nothing can be decided yet. */
export type MatchInputValue = string | MatchInputData | undefined | null;

/** Envoy's names of kinds of data; those of its inputs that give neither texts nor requests are texts to its checks. */
export type MatchDataType = 'string' | 'cel_data_input';

export interface MatchInput<Data> {
  /** Absent = `string`. */
  readonly dataType?: MatchDataType;
  get(data: Data): MatchInputValue;
}

/** Judges what is there. */
export interface InputMatcher {
  match(value: string): boolean;
  /** Absent: what is no text does not match. */
  matchData?(data: MatchInputData): boolean;
}

export interface NetworkInputExtension<Config = unknown> extends Extension<'envoy.matching.network.input', Config> {
  createInput(config: Config): MatchInput<NetworkMatchingData>;
}
export interface HttpInputExtension<Config = unknown> extends Extension<'envoy.matching.http.input', Config> {
  createInput(config: Config): MatchInput<HttpMatchingData>;
}
export interface StatTagInputExtension<Config = unknown>
  extends Extension<'envoy.matching.stat_tag_matching_data.input', Config> {
  createInput(config: Config): MatchInput<StatTagMatchingData>;
}
/** Reads nothing of the data: usable everywhere. */
export interface CommonInputExtension<Config = unknown> extends Extension<'envoy.matching.common_inputs', Config> {
  createInput(config: Config): MatchInput<unknown>;
}

export interface InputMatcherExtension<Config = unknown> extends Extension<'envoy.matching.input_matchers', Config> {
  /** Of the inputs that it takes; absent = `string`. */
  readonly dataType?: MatchDataType;
  createMatcher(config: Config, context: ServerFactoryContext): InputMatcher;
}

/** The action that matching ended in, or why there is none. */
export type MatchResult<Action extends object> = Action | 'no_match' | 'insufficient_data';

/** A matcher in use on a thread. */
export interface MatchTree<Data, Action extends object> {
  match(data: Data): MatchResult<Action>;
}
/** A checked matcher: makes one that is in use. */
export type MatchTreeFactory<Data, Action extends object> = (context: ServerFactoryContext) => MatchTree<Data, Action>;

type CustomMatcherCategory =
  | 'envoy.matching.network.custom_matchers'
  | 'envoy.matching.http.custom_matchers'
  | 'envoy.matching.stat_tag_matching_data.custom_matchers';

/** `matcher_tree.custom_match`: chooses among branches by one input in a way of its own. */
export interface CustomMatcherExtension<Config = unknown> extends Extension<CustomMatcherCategory, Config> {
  /** What Envoy calls it in its complaints: `IP range`. */
  readonly title: string;
  /** The list whose elements have an `on_match` each, in proto's words: `range_matchers`. */
  readonly branchField: string;
  /** The `on_match` of each element. */
  branches(config: Config): readonly (Message<'xds.type.matcher.v3.Matcher.OnMatch'> | undefined)[];
  /** `branches` in the order of the configuration. */
  createTree<Data, Action extends object>(
    config: Config,
    input: MatchInput<Data>,
    branches: readonly MatchTree<Data, Action>[],
    onNoMatch: MatchTree<Data, Action>,
  ): MatchTree<Data, Action>;
}

/** A `{ name, typed_config }` of either API. */
export interface NamedExtension {
  readonly name: string;
  readonly typedConfig?: PackedConfig | undefined;
}
export type ParseAction<Action extends object> = (named: NamedExtension, ctx: ConfigContext) => Action | undefined;
