import { defineStreamAccessLogger } from '../../../common/access-log/stream-access-logger.ts';

export const stdoutAccessLog = defineStreamAccessLogger(
  'envoy.access_loggers.stdout',
  'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
  '/dev/stdout',
);
