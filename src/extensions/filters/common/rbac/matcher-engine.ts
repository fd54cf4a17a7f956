import type { Action } from '../../../../../api/generated/envoy/config/rbac/v3/rbac_pb.ts';
import type { Matcher } from '../../../../../api/generated/xds/type/matcher/v3/matcher_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { ServerFactoryContext } from '../../../../../sdk/extension.ts';
import type { HttpMatchingData, MatchTree, MatchTreeFactory, NamedExtension } from '../../../../../sdk/matching.ts';
import { parseMatchTree } from '../../../../common/matcher/parse-match-tree.ts';
import { ACTIONS, type RbacAction, type RbacEngine, type RbacVerdict } from './engine.ts';
import type { RbacInput } from './input.ts';

const VIOLATION = 'requirement violation while creating RBAC match tree: INVALID_ARGUMENT:';
const ACTION = 'envoy.config.rbac.v3.Action';
/** What is known of a request when its headers are looked at. */
const REQUEST_INPUTS: readonly string[] = [
  'envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
  'xds.type.matcher.v3.HttpAttributesCelMatchInput',
];
const DYNAMIC_METADATA = 'envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput';
/** What is known of a connection, or of a request before its headers are looked at. */
const CONNECTION_INPUTS = [
  'envoy.extensions.matching.common_inputs.network.v3.',
  'envoy.extensions.matching.common_inputs.ssl.v3.',
];

interface MatchedAction {
  readonly name: string;
  readonly action: RbacAction;
}

/** `matcher` instead of `rules`: the action in which it ends decides; what it does not match is denied. */
class MatcherEngine implements RbacEngine {
  readonly #factory: MatchTreeFactory<HttpMatchingData, MatchedAction>;
  /** A matcher that may log tells with each verdict whether it does. */
  readonly #logs: () => boolean;
  #tree: MatchTree<HttpMatchingData, MatchedAction> | undefined = undefined;

  constructor(factory: MatchTreeFactory<HttpMatchingData, MatchedAction>, logs: () => boolean) {
    this.#factory = factory;
    this.#logs = logs;
  }

  judge({ headers, streamInfo }: RbacInput, context: ServerFactoryContext): RbacVerdict {
    this.#tree ??= this.#factory(context);
    const result = this.#tree.match({
      streamInfo,
      requestHeaders: headers,
      requestTrailers: undefined,
      responseHeaders: undefined,
      responseTrailers: undefined,
    });
    if (typeof result === 'string') return { allowed: false, policy: '', logHint: undefined };
    const { name, action } = result;
    return { allowed: action !== 'DENY', policy: name, logHint: this.#logs() ? action === 'LOG' : undefined };
  }
}

/** @param kind which filter it is of: connections have no headers */
export function parseMatcherEngine(config: Matcher, kind: 'HTTP' | 'network', ctx: ConfigContext): RbacEngine {
  let logs = false;
  const parseAction = ({ name, typedConfig }: NamedExtension, at: ConfigContext): MatchedAction | undefined => {
    const message = typedConfig && at.child('typed_config').unpack(typedConfig);
    if (message?.$typeName !== ACTION) {
      at.error(`Didn't find a registered implementation for '${name}' with type URL: '${message?.$typeName ?? ''}'`, {
        expected: `typed_config of type.googleapis.com/${ACTION}`,
      });
      return undefined;
    }
    const action = message as Action;
    const kindOf = ACTIONS[action.action] ?? 'ALLOW';
    if (kindOf === 'LOG') logs = true;
    return { name: action.name, action: kindOf };
  };
  const factory = parseMatchTree<HttpMatchingData, MatchedAction>(
    config,
    {
      inputs: 'envoy.matching.http.input',
      parseAction,
      inputFault: (type) => inputFault(type, kind),
      keepMatchingFault: `${VIOLATION} keep_matching is not supported in this context`,
    },
    ctx,
  );
  return new MatcherEngine(factory, () => logs);
}

function inputFault(type: string, kind: 'HTTP' | 'network'): string | undefined {
  const isOfConnection = type !== DYNAMIC_METADATA && CONNECTION_INPUTS.some((prefix) => type.startsWith(prefix));
  if (isOfConnection) return undefined;
  if (kind === 'HTTP') {
    return REQUEST_INPUTS.includes(type) || type === DYNAMIC_METADATA
      ? undefined
      : `${VIOLATION} RBAC HTTP filter cannot match on 'type.googleapis.com/${type}'`;
  }
  return `${VIOLATION} RBAC network filter cannot match 'type.googleapis.com/${type}'`;
}
