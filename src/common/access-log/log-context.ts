import type { AccessLogType, LogContext } from '../../../sdk/extension.ts';

/** The context of a log that knows of no request: a listener's. */
export const noLogContext: LogContext = Object.freeze({
  requestHeaders: undefined,
  responseHeaders: undefined,
  responseTrailers: undefined,
  localReplyBody: '',
  accessLogType: 'NotSet',
});

/** The same for a log of another type. */
export function logContextOf(accessLogType: AccessLogType): LogContext {
  return Object.freeze({ ...noLogContext, accessLogType });
}
