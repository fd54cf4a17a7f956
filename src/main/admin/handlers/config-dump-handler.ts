/** `/config_dump` (source/server/admin/config_dump_handler.cc). */
import { compileRegex } from '../../../common/matcher/linear-regex.ts';
import { LazyItems } from '../../../common/proto/lazy-items.ts';
import { re2Error } from '../../stats/stats-params.ts';
import type { AdminConfigDump, AdminContext, JsonObject, JsonValue, NameFilter } from '../admin-context.ts';
import type { AdminHandler, AdminResponse } from '../admin-handler.ts';
import { dumpEndpoints } from '../endpoints-dump.ts';
import { asAny, FieldMask, typeNameOf } from '../field-mask.ts';
import { jsonReply, listField } from '../proto-json.ts';
import type { QueryParams } from '../query-params.ts';

/** Only this page leaves the charset out. */
function refuse(status: number, body: string): AdminResponse {
  return { status, contentType: 'text/plain', body };
}

/** Of a resource that cannot be had; Envoy says twice that its type is not to be guessed. */
function refuseResource(status: number, body: string): AdminResponse {
  return { ...refuse(status, body), headersBefore: [['x-content-type-options', 'nosniff']] };
}

function handle(query: QueryParams, context: AdminContext): AdminResponse {
  const accepts = nameFilter(query.get('name_regex') ?? '');
  if (typeof accepts !== 'function') return refuse(400, accepts.error);
  const maskText = query.get('mask') ?? '';
  const mask = maskText === '' ? undefined : new FieldMask(maskText);
  const { configDump } = context;
  const sections = allSections(context, query.has('include_eds'), accepts);
  const resource = query.get('resource') ?? '';
  if (resource !== '') return dumpResource(resource, mask, sections, configDump);
  return dumpAll(mask, maskText, sections, configDump);
}

/** The regex has to match the whole name. */
function nameFilter(pattern: string): NameFilter | { readonly error: string } {
  if (pattern === '') return () => true;
  const regex = compileRegex(pattern);
  if ('error' in regex) {
    return { error: `INVALID_ARGUMENT: Error while parsing name_regex from ${pattern}: ${re2Error(regex.error)}` };
  }
  return (name) => regex.fullMatch(name);
}

/** By key; each is dumped when it is asked for. */
function* allSections(context: AdminContext, withEndpoints: boolean, accepts: NameFilter): Iterable<JsonObject> {
  const sections = context.configDump.sections;
  const dumps = new Map([...sections].map(([key, section]) => [key, () => section.dump(accepts)]));
  // Without clusters there is no such part, as in Envoy.
  const [some] = withEndpoints ? context.clusters() : [];
  if (some !== undefined) dumps.set('endpoint', () => dumpEndpoints(context.clusters(), accepts));
  for (const key of [...dumps.keys()].sort()) {
    const dump = dumps.get(key)?.();
    if (dump !== undefined) yield dump;
  }
}

function dumpAll(
  mask: FieldMask | undefined,
  maskText: string,
  sections: Iterable<JsonObject>,
  { schema }: AdminConfigDump,
): AdminResponse {
  const configs: JsonObject[] = [];
  for (const section of sections) {
    const trimmed = mask === undefined ? section : mask.trim(section, typeNameOf(section), schema);
    if (trimmed !== undefined) configs.push(trimmed);
  }
  if (configs.length === 0 && mask !== undefined) {
    return refuseResource(400, `FieldMask ${maskText} could not be successfully applied to any configs.`);
  }
  return jsonReply({ configs: listField(configs) });
}

/** The elements of one list (`static_clusters`), each as an Any of its own. */
function dumpResource(
  resource: string,
  mask: FieldMask | undefined,
  sections: Iterable<JsonObject>,
  { schema }: AdminConfigDump,
): AdminResponse {
  for (const section of sections) {
    const field = schema.field(typeNameOf(section), resource);
    if (field === undefined) continue;
    if (!field.repeated || field.typeName === undefined) {
      return refuseResource(400, `${resource} is not a repeated field. Use ?mask=${resource} to get only this field`);
    }
    const { typeName } = field;
    const elements = elementsOf(section[resource]);
    if (mask === undefined) {
      return jsonReply({ configs: LazyItems.ofSome(LazyItems.of(elements, (element) => asAny(element, typeName))) });
    }
    const configs: JsonObject[] = [];
    for (const element of elements) {
      const trimmed = mask.trim(element, typeName, schema);
      if (trimmed === undefined) {
        return refuseResource(400, `FieldMask ${maskDebug(mask)} could not be successfully used.`);
      }
      configs.push(asAny(trimmed, typeName));
    }
    return jsonReply({ configs: listField(configs) });
  }
  return refuseResource(404, `${resource} not found in config dump`);
}

function elementsOf(value: JsonValue | undefined): Iterable<JsonObject> {
  return Array.isArray(value) || value instanceof LazyItems ? (value as Iterable<JsonObject>) : [];
}

function maskDebug(mask: FieldMask): string {
  return `\n${mask.paths.map((path) => `paths: "${path}"\n`).join('')}`;
}

export const configDumpHandler: AdminHandler = {
  path: '/config_dump',
  help: 'dump current Envoy configs',
  mutates: false,
  params: [
    { name: 'resource', kind: 'text', help: 'The resource to dump' },
    {
      name: 'mask',
      kind: 'text',
      help:
        'The mask to apply. When both resource and mask are specified, the mask is applied to every element in the ' +
        'desired repeated field so that only a subset of fields are returned. The mask is parsed as a ' +
        'Protobuf::FieldMask',
    },
    {
      name: 'name_regex',
      kind: 'text',
      help:
        'Dump only the currently loaded configurations whose names match the specified regex. Can be used with both ' +
        'resource and mask query parameters.',
    },
    {
      name: 'include_eds',
      kind: 'boolean',
      help: 'Dump currently loaded configuration including EDS. See the response definition for more information',
    },
  ],
  handle,
};
