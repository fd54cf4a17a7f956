import { defineStreamAccessLogger } from '../../../common/access-log/stream-access-logger.ts';

export const stderrAccessLog = defineStreamAccessLogger(
  'envoy.access_loggers.stderr',
  'envoy.extensions.access_loggers.stream.v3.StderrAccessLog',
  '/dev/stderr',
);
