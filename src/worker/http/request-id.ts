import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';

/** Envoy's Http::RequestIDExtension, made by an extension of the category `envoy.request_id`. */
export interface RequestIdExtension {
  /** Gives the request an id. `edge`: it came from outside. */
  set(headers: RequestHeaderMap, edge: boolean): void;
  setInResponse(response: ResponseHeaderMap, request: RequestHeaderMap): void;
  /** The id for %REQUEST_ID% and logs. */
  get(headers: RequestHeaderMap): string | undefined;
}
