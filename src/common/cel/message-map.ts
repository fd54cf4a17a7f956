import type { CelInput, CelMap } from '@bufbuild/cel';
import type { LocalInfo } from '../../../sdk/extension.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import type { Locality } from '../../../sdk/upstream.ts';
import { metadataFields, printText, quoteText, structFields, type TextFields } from '../proto/print-text.ts';
import { celOfStruct, lazyMap } from './lazy-map.ts';
import { celLibrary } from './library.ts';

/** A field of a message; one that is not set has its default. */
interface MessageField {
  readonly isSet: boolean;
  readonly value: CelInput;
}

/** What makes a map a message: it is printed in text format. */
const printed = Symbol('printed');
type Printed = CelMap & { readonly [printed]?: () => string };

/** A message: to expressions a map of its fields, of which those that are set are there. */
function messageMap(fields: ReadonlyMap<string, MessageField>, text: () => TextFields): CelMap {
  const setFields = () => [...fields].filter(([, { isSet }]) => isSet).map(([name]) => name);
  const map = lazyMap((name) => fields.get(name)?.value, setFields);
  return Object.assign(map, {
    has: (name: unknown) => fields.get(name as string)?.isSet === true,
    [printed]: () => printText(text()),
  });
}

/** Undefined for a map that is no message. */
export function messageText(map: CelMap): string | undefined {
  return (map as Printed)[printed]?.();
}

/** envoy.config.core.v3.Metadata, of which what JSON can hold is known. */
export function metadataMessage(
  lookUp: (namespace: string) => Struct | undefined,
  entries: () => Iterable<readonly [string, Struct]>,
): CelMap {
  const names = () => Array.from(entries(), ([name]) => name);
  const byNamespace = lazyMap((name) => {
    const struct = lookUp(name);
    return struct && celOfStruct(struct);
  }, names);
  const fields = new Map([
    ['filter_metadata', { isSet: names().length > 0, value: byNamespace }],
    ['typed_filter_metadata', { isSet: false, value: celLibrary().celMap(new Map()) }],
  ]);
  return messageMap(fields, () => metadataFields(entries()));
}

function stringFields(values: readonly (readonly [string, string])[]): ReadonlyMap<string, MessageField> {
  return new Map(values.map(([name, value]) => [name, { isSet: value !== '', value }]));
}

function setTexts(values: readonly (readonly [string, string])[]): TextFields {
  return values.filter(([, value]) => value !== '').map(([name, value]) => [name, quoteText(value)]);
}

function localityTexts({ region, zone, subZone }: Locality) {
  return [
    ['region', region],
    ['zone', zone],
    ['sub_zone', subZone],
  ] as const;
}

/** envoy.config.core.v3.Locality. */
export function localityMessage(locality: Locality): CelMap {
  const values = localityTexts(locality);
  return messageMap(stringFields(values), () => setTexts(values));
}

/** envoy.config.core.v3.Node, as far as the configuration and the flags say who we are. */
export function nodeMessage(info: LocalInfo): CelMap {
  const { metadata = {}, region = '', zone, subZone = '' } = info;
  const names = [
    ['id', info.nodeId],
    ['cluster', info.clusterName],
  ] as const;
  const agent = [['user_agent_name', 'envoy']] as const;
  const locality = { region, zone, subZone };
  const localityFields = setTexts(localityTexts(locality));
  const hasLocality = localityFields.length > 0;
  const fields = new Map<string, MessageField>([
    ...stringFields(names),
    ['metadata', { isSet: info.metadata !== undefined, value: celOfStruct(metadata) }],
    ['locality', { isSet: hasLocality, value: localityMessage(locality) }],
    ...stringFields(agent),
  ]);
  return messageMap(fields, () => [
    ...setTexts(names),
    ...(info.metadata === undefined ? [] : [['metadata', structFields(metadata)] as const]),
    ...(hasLocality ? [['locality', localityFields] as const] : []),
    ...setTexts(agent),
  ]);
}
