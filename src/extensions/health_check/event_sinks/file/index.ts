import type { HealthCheckEventFileSink } from '../../../../../api/generated/envoy/extensions/health_check/event_sinks/file/v3/file_pb.d.ts';
import {
  fileSink,
  type HealthCheckEventSinkExtension,
} from '../../../../main/upstream/health-check/health-check-events.ts';

/** Events of health checks as lines of JSON in a file. */
export const fileHealthCheckEventSink: HealthCheckEventSinkExtension<string> = {
  category: 'envoy.health_check.event_sinks',
  name: 'envoy.health_check.event_sink.file',
  configTypes: ['envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink'],
  parseConfig(message, ctx) {
    const { eventLogPath: path } = message as HealthCheckEventFileSink;
    const fault = ctx.resources?.checkLogFile?.(path);
    if (fault !== undefined) ctx.child('event_log_path').error(`unable to open file '${path}': ${fault}`);
    return path;
  },
  createSink: (path, { accessLogManager }) => fileSink(accessLogManager.createAccessLog(path)),
};
