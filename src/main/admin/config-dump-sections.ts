/** Parts of `/config_dump` from what their owners hold (envoy.admin.v3.*ConfigDump). */
import type { ConfigDumpSection, JsonObject } from './admin-context.ts';
import { asAny } from './field-mask.ts';
import { listField } from './proto-json.ts';

/** A resource from the bootstrap. */
export interface StaticResource {
  /** What `name_regex` is matched against. */
  readonly name: string;
  /** The message with its `@type`. */
  readonly resource: JsonObject;
  /** Milliseconds since the Unix epoch. */
  readonly lastUpdatedMs: number;
}

/** The section's key, its message, the list in it, and the field of the list's elements that holds the resource. */
const STATIC_SECTIONS = {
  clusters: { typeName: 'envoy.admin.v3.ClustersConfigDump', list: 'static_clusters', field: 'cluster' },
  listeners: { typeName: 'envoy.admin.v3.ListenersConfigDump', list: 'static_listeners', field: 'listener' },
  routes: { typeName: 'envoy.admin.v3.RoutesConfigDump', list: 'static_route_configs', field: 'route_config' },
} as const;

/** `bootstrap` is an envoy.config.bootstrap.v3.Bootstrap, without a `@type`. It has no name: every regex accepts it. */
export function bootstrapSection(bootstrap: () => JsonObject, lastUpdatedMs: number): ConfigDumpSection {
  return {
    dump: () =>
      asAny({ bootstrap: bootstrap(), last_updated: timestamp(lastUpdatedMs) }, 'envoy.admin.v3.BootstrapConfigDump'),
  };
}

/** Clusters come by name, as in Envoy; the others in the order in which they are given. */
export function staticSection(
  key: keyof typeof STATIC_SECTIONS,
  resources: () => Iterable<StaticResource>,
): ConfigDumpSection {
  const { typeName, list, field } = STATIC_SECTIONS[key];
  return {
    dump(accepts) {
      const accepted = [...resources()].filter(({ name }) => accepts(name));
      if (key === 'clusters') accepted.sort((a, b) => (a.name < b.name ? -1 : 1));
      const elements = accepted.map(({ resource, lastUpdatedMs }) => ({
        [field]: resource,
        last_updated: timestamp(lastUpdatedMs),
      }));
      return asAny({ [list]: listField(elements) }, typeName);
    },
  };
}

/** google.protobuf.Timestamp as JSON, in milliseconds. */
export function timestamp(ms: number): string {
  const text = new Date(Math.floor(ms)).toISOString();
  return text.endsWith('.000Z') ? text.replace('.000Z', 'Z') : text;
}
