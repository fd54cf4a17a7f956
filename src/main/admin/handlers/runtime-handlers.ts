/** `/runtime` and `/runtime_modify` (source/server/admin/runtime_handler.cc). */
import type { AdminContext, JsonObject } from '../admin-context.ts';
import { type AdminHandler, type AdminResponse, okReply, textReply } from '../admin-handler.ts';
import { jsonReply } from '../proto-json.ts';
import type { QueryParams } from '../query-params.ts';

const USAGE = `usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN
       or send the parameters as form values
use an empty value to remove a previously added override`;

function show(_query: QueryParams, { runtime }: AdminContext): AdminResponse {
  const entries: Record<string, JsonObject> = {};
  for (const key of [...runtime.entries.keys()].sort()) {
    const entry = runtime.entries.get(key);
    if (entry !== undefined) entries[key] = { layer_values: entry.layerValues, final_value: entry.finalValue };
  }
  return jsonReply({ layers: runtime.layers, entries });
}

function modify(query: QueryParams, { runtime }: AdminContext): AdminResponse {
  if (query.size === 0) return textReply(`${USAGE}`, 400);
  if (!runtime.hasAdminLayer) return textReply('No admin layer specified', 503);
  const fault = runtime.merge(new Map(query.entries()));
  return fault === undefined ? okReply() : textReply(fault, 503);
}

export const runtimeHandlers: readonly AdminHandler[] = [
  { path: '/runtime', help: 'print runtime values', mutates: false, params: [], handle: show },
  {
    path: '/runtime_modify',
    help:
      'Adds or modifies runtime values as passed in query parameters. To delete a previously added key, use an empty ' +
      'string as the value. Note that deletion only applies to overrides added via this endpoint; values loaded from ' +
      'disk can be modified via override but not deleted. E.g. ?key1=value1&key2=value2...',
    mutates: true,
    params: [],
    handle: modify,
  },
];
