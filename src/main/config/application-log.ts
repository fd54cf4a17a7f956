import type { Bootstrap_ApplicationLogConfig } from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

/**
 * The log format of `application_log_config` as an spdlog pattern; undefined when none is set. A JSON format is the
 * pattern of its JSON text, in which `%j` is the message escaped for JSON, as Envoy makes it.
 */
export function parseApplicationLog(
  config: Bootstrap_ApplicationLogConfig | undefined,
  ctx: ConfigContext,
): string | undefined {
  const format = config?.logFormat?.logFormat;
  const place = ctx.child('log_format');
  if (format?.case === 'textFormat') return format.value;
  if (format?.case !== 'jsonFormat') return undefined;
  const json = JSON.stringify(format.value);
  for (const flag of ['%v', '%_']) {
    if (!json.includes(flag)) continue;
    const problem = `setJsonLogFormat error: INVALID_ARGUMENT: Usage of ${flag} is unavailable for JSON log formats`;
    place.child('json_format').error(problem, { expected: '%j' });
  }
  return json;
}
