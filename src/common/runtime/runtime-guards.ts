import type { Runtime } from '../../../sdk/extension.ts';

/** Envoy's runtime guards that mean something here, and what they are where runtime does not say. */
export const runtimeGuards = {
  'envoy.reloadable_features.enable_formatter_for_ratelimit_action_descriptor_value': false,
  'envoy.reloadable_features.enable_new_query_param_present_match_behavior': true,
  'envoy.reloadable_features.grpc_timeout_returns_deadline_exceeded': false,
  'envoy.reloadable_features.header_mutation_url_encode_query_params': true,
  'envoy.reloadable_features.hide_transport_failure_reason_in_response_body': true,
  'envoy.reloadable_features.http_pause_generic_upgrade_request_body': true,
  'envoy.reloadable_features.http_reject_path_with_fragment': true,
  'envoy.reloadable_features.json_formatter_omit_empty_values': true,
  'envoy.reloadable_features.match_headers_individually': true,
  'envoy.reloadable_features.pqc_default_ecdh_curves': true,
  'envoy.reloadable_features.rbac_match_headers_individually': true,
  'envoy.reloadable_features.rbac_respect_ignore_path_parameters': true,
  'envoy.reloadable_features.response_headers_to_remove_on_1xx': true,
  'envoy.reloadable_features.shadow_policy_inherit_dynamic_metadata': true,
  'envoy.reloadable_features.strip_dotdot_segments_with_parameters': true,
  'envoy.reloadable_features.strip_upgrade_header_on_failed_websocket_upgrades': false,
} as const;

export type RuntimeGuard = keyof typeof runtimeGuards;

/** @param runtime undefined where configuration is only looked at */
export function isGuardEnabled(runtime: Runtime | undefined, guard: RuntimeGuard): boolean {
  const fallback = runtimeGuards[guard];
  return runtime === undefined ? fallback : runtime.snapshot.getBoolean(guard, fallback);
}

/** Limits of headers where the configuration gives none. */
export type HeaderLimit = `max_${'request' | 'response'}_headers_${'count' | 'size_kb'}`;

export function headerLimit(runtime: Runtime | undefined, limit: HeaderLimit, fallback: number): number {
  return runtime?.snapshot.getInteger(`envoy.reloadable_features.${limit}`, fallback) ?? fallback;
}

const GUARD = /^envoy\.(?:reloadable|restart)_features\./;
const LIMIT = /^envoy\.reloadable_features\.max_(?:request|response)_headers_(?:count|size_kb)$/;

/** Keys that look like guards and change nothing here. */
export function guardsWithoutMeaning(keys: Iterable<string>): string[] {
  return [...keys].filter((key) => GUARD.test(key) && !LIMIT.test(key) && !Object.hasOwn(runtimeGuards, key));
}
