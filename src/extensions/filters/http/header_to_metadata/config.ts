import type {
  Config,
  Config_KeyValuePair,
  Config_Rule,
} from '../../../../../api/generated/envoy/extensions/filters/http/header_to_metadata/v3/header_to_metadata_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { parseRegexRewrite, type RegexSubstitution } from '../../../../common/router/parse-regex-rewrite.ts';

export type ValueType = 'STRING' | 'NUMBER' | 'PROTOBUF_VALUE';

/** Where a value goes to, and how it is changed on the way. */
export interface Target {
  readonly namespace: string;
  readonly key: string;
  /** Instead of the header's value; '' = that one. */
  readonly value: string;
  readonly substitution: RegexSubstitution | undefined;
  readonly type: ValueType;
  readonly base64: boolean;
}

export interface Rule {
  /** One of both is ''. */
  readonly header: string;
  readonly cookie: string;
  readonly remove: boolean;
  readonly onPresent: Target | undefined;
  readonly onMissing: Target | undefined;
}

export interface HeaderToMetadataConfig {
  readonly requestRules: readonly Rule[];
  readonly responseRules: readonly Rule[];
  /** '' = no statistics. */
  readonly statPrefix: string;
}

const VALUE_TYPES: readonly ValueType[] = ['STRING', 'NUMBER', 'PROTOBUF_VALUE'];
const OWN_NAMESPACE = 'envoy.filters.http.header_to_metadata';

export function parseRules(config: Config, ctx: ConfigContext): HeaderToMetadataConfig {
  return Object.freeze({
    requestRules: config.requestRules.map((rule, i) => parseRule(rule, ctx.child('request_rules', i))),
    responseRules: config.responseRules.map((rule, i) => parseRule(rule, ctx.child('response_rules', i))),
    statPrefix: config.statPrefix,
  });
}

function parseRule(rule: Config_Rule, ctx: ConfigContext): Rule {
  checkRule(rule, ctx);
  return {
    header: rule.header.toLowerCase(),
    cookie: rule.cookie,
    remove: rule.remove,
    onPresent: rule.onHeaderPresent && parseTarget(rule.onHeaderPresent, ctx.child('on_header_present')),
    onMissing: rule.onHeaderMissing && parseTarget(rule.onHeaderMissing, ctx.child('on_header_missing')),
  };
}

/** Envoy's checks and words. */
function checkRule(
  { header, cookie, remove, onHeaderPresent, onHeaderMissing }: Config_Rule,
  ctx: ConfigContext,
): void {
  if (header !== '' && cookie !== '') ctx.error('Cannot specify both header and cookie in the same rule');
  if (header === '' && cookie === '') ctx.error('One of Cookie or Header option needs to be specified');
  if (onHeaderPresent === undefined && onHeaderMissing === undefined) {
    const source = header === '' ? `cookie '${cookie}'` : `header '${header}'`;
    ctx.error(
      `header to metadata filter: rule for ${source} has neither \`on_header_present\` nor \`on_header_missing\` set`,
    );
  }
  if (
    onHeaderPresent !== undefined &&
    onHeaderPresent.value !== '' &&
    onHeaderPresent.regexValueRewrite !== undefined
  ) {
    ctx.child('on_header_present').error('Cannot specify both value and regex_value_rewrite');
  }
  if (cookie !== '' && remove) ctx.error('Cannot specify remove for cookie');
  if (onHeaderMissing !== undefined && onHeaderMissing.value === '') {
    ctx.child('on_header_missing').error('Cannot specify on_header_missing rule with an empty value');
  }
}

function parseTarget(config: Config_KeyValuePair, ctx: ConfigContext): Target {
  const rewrite = config.regexValueRewrite;
  return {
    namespace: config.metadataNamespace === '' ? OWN_NAMESPACE : config.metadataNamespace,
    key: config.key,
    value: config.value,
    substitution: rewrite && parseRegexRewrite(rewrite, ctx.child('regex_value_rewrite')),
    type: VALUE_TYPES[config.type] ?? 'STRING',
    base64: config.encode === 1,
  };
}
