import type { JsonObject, JsonValue } from '../admin-context.ts';

/** What the server itself puts into its node; who it is comes from the bootstrap alone. */
export function dumpedNode({ user_agent_name, user_agent_build_version, extensions }: JsonObject): JsonObject {
  return withoutDefaults({ user_agent_name, user_agent_build_version, extensions });
}

/** As the dump prints messages: fields that have their default are left out. */
function withoutDefaults(value: JsonObject): JsonObject {
  const fields: { [name: string]: JsonValue } = {};
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined && !isDefault(field)) fields[name] = trimmed(field);
  }
  return fields;
}

function trimmed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(trimmed);
  return typeof value === 'object' && value !== null ? withoutDefaults(value as JsonObject) : value;
}

function isDefault(value: JsonValue): boolean {
  return value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0);
}
