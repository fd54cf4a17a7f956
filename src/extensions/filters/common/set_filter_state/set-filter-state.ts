import type { FilterStateValue } from '../../../../../api/generated/envoy/extensions/filters/common/set_filter_state/v3/value_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { LogContext } from '../../../../../sdk/extension.ts';
import type { FilterStateLifeSpan, StreamInfo } from '../../../../../sdk/stream-info.ts';
import type { Formatter } from '../../../../common/formatter/formatter.ts';
import { parseSubstitutionFormat } from '../../../../common/formatter/substitution-format.ts';
import {
  type FilterStateFactory,
  filterStateFactories,
} from '../../../../common/stream-info/filter-state-factories.ts';

/** One object to be made of a format, and what becomes of it. */
export interface FilterStateSetting {
  readonly key: string;
  readonly create: FilterStateFactory;
  readonly formatter: Formatter;
  readonly readOnly: boolean;
  readonly skipIfEmpty: boolean;
  readonly isShared: boolean;
}

/** Checks the values under `field`; faults are gathered in `ctx`. */
export function parseFilterState(
  values: readonly FilterStateValue[],
  ctx: ConfigContext,
  field: string,
): readonly FilterStateSetting[] {
  return values.flatMap((value, i) => parseValue(value, ctx.child(field, i)) ?? []);
}

function parseValue(message: FilterStateValue, ctx: ConfigContext): FilterStateSetting | undefined {
  const { key, value, factoryKey, readOnly, skipIfEmpty, sharedWithUpstream } = message;
  if (key.case === undefined || value.case === undefined) return undefined;
  const name = factoryKey || key.value;
  const create = filterStateFactories.get(name);
  if (create === undefined) ctx.error(`'${name}' does not have an object factory`);
  const { formatter } = parseSubstitutionFormat(value.value, ctx.child('format_string'));
  const isShared = sharedWithUpstream !== 0;
  return create && { key: key.value, create, formatter, readOnly, skipIfEmpty, isShared };
}

/** Sets them in order; what no object can be made of is left out, as in Envoy. */
export function setFilterState(
  settings: readonly FilterStateSetting[],
  context: LogContext,
  streamInfo: StreamInfo,
  lifeSpan: FilterStateLifeSpan,
): void {
  for (const { key, create, formatter, readOnly, skipIfEmpty, isShared } of settings) {
    const text = formatter.format(context, streamInfo);
    if (text === '' && skipIfEmpty) continue;
    const object = create(text);
    if (object !== undefined) streamInfo.filterState.set(key, object, readOnly, lifeSpan, isShared);
  }
}
