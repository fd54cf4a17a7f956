import type { KeyValueMutation } from '../../../../../api/generated/envoy/config/core/v3/base_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import { toByteText } from '../../../../common/formatter/byte-text.ts';
import type { CommandTable } from '../../../../common/formatter/command-syntax.ts';
import type { MutationInput } from '../../../../common/http/header-mutation-steps.ts';
import { parseHeaderFormat } from '../../../../common/router/header-format.ts';
import { isGuardEnabled } from '../../../../common/runtime/runtime-guards.ts';
import { parseQuery, type QueryParameters, replaceQuery } from './query-parameters.ts';

/** One step on the parameters. */
export type QueryMutation = (parameters: QueryParameters, input: MutationInput) => void;

/** A list of envoy.config.core.v3.KeyValueMutation; Envoy's checks and words. */
export function parseQueryMutations(
  configs: readonly KeyValueMutation[],
  ctx: ConfigContext,
  commands: CommandTable,
): readonly QueryMutation[] {
  return configs.flatMap((config, i) => parseStep(config, ctx.child(String(i)), commands));
}

function parseStep({ append, remove }: KeyValueMutation, ctx: ConfigContext, commands: CommandTable): QueryMutation[] {
  if (append !== undefined && remove !== '') ctx.error("Only one of 'append'/'remove can be specified.");
  if (append !== undefined) return parseAppend(append, ctx.child('append'), commands);
  if (remove === '') ctx.error("One of 'append'/'remove' must be specified.");
  const name = toByteText(remove);
  return [(parameters) => parameters.delete(name)];
}

type Append = NonNullable<KeyValueMutation['append']>;

const ADD_IF_ABSENT = 1;
const OVERWRITE_IF_EXISTS_OR_ADD = 2;
const OVERWRITE_IF_EXISTS = 3;

/** `entry` means nothing here: Envoy reads `record` only. */
function parseAppend({ record, action }: Append, ctx: ConfigContext, commands: CommandTable): QueryMutation[] {
  if (record === undefined) {
    ctx.error('No record specified for append mutation.');
    return [];
  }
  const kind = record.value?.kind;
  if (kind?.case !== 'stringValue') {
    ctx.child('record').error('Only string value is allowed for record value.');
    return [];
  }
  const guard = 'envoy.reloadable_features.header_mutation_url_encode_query_params';
  const runtime = ctx.resources?.runtime;
  const name = toByteText(record.key);
  const format = parseHeaderFormat(kind.value, ctx.child('record').child('value'), { commands });
  return [
    (parameters, { requestHeaders, responseHeaders, streamInfo }) => {
      const known = parameters.get(name);
      if (known !== undefined && action === ADD_IF_ABSENT) return;
      if (known === undefined && action === OVERWRITE_IF_EXISTS) return;
      const plain = format.format(requestHeaders, responseHeaders, streamInfo);
      const value = isGuardEnabled(runtime, guard) ? urlEncode(plain) : plain;
      const overwrites = action === OVERWRITE_IF_EXISTS || action === OVERWRITE_IF_EXISTS_OR_ADD;
      if (known === undefined || overwrites) parameters.set(name, [value]);
      else known.push(value);
    },
  ];
}

/** Bytes as `%XX` but those that forms leave alone (application/x-www-form-urlencoded; a space is `%20` all the same). */
function urlEncode(bytes: string): string {
  return bytes.replace(/[^\w.*-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

export function applyQueryMutations(
  mutations: readonly QueryMutation[],
  headers: RequestHeaderMap,
  input: MutationInput,
): void {
  if (headers.path === '') return;
  const parameters = parseQuery(headers.path);
  for (const mutate of mutations) mutate(parameters, input);
  headers.path = replaceQuery(headers.path, parameters);
}
