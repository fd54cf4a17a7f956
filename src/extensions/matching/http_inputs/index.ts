import type { Message } from '@bufbuild/protobuf';
import type { DynamicMetadataInput } from '../../../../api/generated/envoy/extensions/matching/common_inputs/network/v3/network_inputs_pb.d.ts';
import type {
  HttpRequestHeaderMatchInput,
  HttpRequestQueryParamMatchInput,
} from '../../../../api/generated/envoy/type/matcher/v3/http_inputs_pb.d.ts';
import type { HeaderMap } from '../../../../sdk/headers.ts';
import type { HttpInputExtension, HttpMatchingData, MatchInput, MatchInputValue } from '../../../../sdk/matching.ts';
import { findQueryParameter } from '../../../common/formatter/query.ts';
import { metadataValue } from '../../../common/stream-info/metadata-path.ts';

/** Which of a stream's header maps. */
type Part = 'requestHeaders' | 'requestTrailers' | 'responseHeaders' | 'responseTrailers';

/** All values of a header, joined by commas. */
class HeaderInput implements MatchInput<HttpMatchingData> {
  readonly #part: Part;
  readonly #name: string;

  constructor(part: Part, name: string) {
    this.#part = part;
    this.#name = name.toLowerCase();
  }

  get(data: HttpMatchingData): MatchInputValue {
    const headers: HeaderMap | undefined = data[this.#part];
    if (headers === undefined) return null;
    const first = headers.get(this.#name);
    if (first === undefined) return undefined;
    const all = headers.getAll(this.#name);
    return all.length === 1 ? first : all.join(',');
  }
}

/** The first value of a query parameter, percent-decoded. */
class QueryParameterInput implements MatchInput<HttpMatchingData> {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  get({ requestHeaders }: HttpMatchingData): MatchInputValue {
    return requestHeaders === undefined ? null : findQueryParameter(requestHeaders.path, this.#name);
  }
}

const statusCode: MatchInput<HttpMatchingData> = {
  get: ({ responseHeaders }) => (responseHeaders === undefined ? null : String(responseHeaders.status)),
};

/** `1xx` to `5xx`. */
const statusCodeClass: MatchInput<HttpMatchingData> = {
  get: ({ responseHeaders }) => {
    if (responseHeaders === undefined) return null;
    const hundreds = Math.floor(responseHeaders.status / 100);
    return hundreds >= 1 && hundreds <= 5 ? `${hundreds}xx` : undefined;
  },
};

/** The whole request, for CEL. */
const attributes: MatchInput<HttpMatchingData> = {
  dataType: 'cel_data_input',
  get: ({ streamInfo, requestHeaders, responseHeaders, responseTrailers }) => ({
    kind: 'request',
    log: { requestHeaders, responseHeaders, responseTrailers, localReplyBody: '', accessLogType: 'NotSet' },
    streamInfo,
  }),
};

/** Whether the proxy answered by itself. */
const localReply: MatchInput<HttpMatchingData> = {
  get: ({ responseHeaders, streamInfo }) => {
    if (responseHeaders === undefined) return null;
    return String(streamInfo.responseCodeDetails !== 'via_upstream');
  },
};

/** A value of dynamic metadata. */
class DynamicMetadata implements MatchInput<HttpMatchingData> {
  readonly #namespace: string;
  readonly #keys: readonly string[];

  constructor({ filter, path }: DynamicMetadataInput) {
    this.#namespace = filter;
    this.#keys = path.map(({ segment }) => segment.value ?? '');
  }

  get({ streamInfo }: HttpMatchingData): MatchInputValue {
    return { kind: 'metadata', value: metadataValue(streamInfo.dynamicMetadata(this.#namespace), this.#keys) };
  }
}

function httpInput<Config extends Message>(
  name: string,
  type: string,
  createInput: (config: Config) => MatchInput<HttpMatchingData>,
): HttpInputExtension {
  return {
    category: 'envoy.matching.http.input',
    name,
    configTypes: [type.includes('.') ? type : `envoy.type.matcher.v3.${type}`],
    parseConfig: (message) => message,
    createInput: (config) => createInput(config as Config),
  };
}

function headerInput(name: string, type: string, part: Part): HttpInputExtension {
  const create = ({ headerName }: HttpRequestHeaderMatchInput) => new HeaderInput(part, headerName);
  return httpInput(`envoy.matching.inputs.${name}`, type, create);
}

export const httpInputs: readonly HttpInputExtension[] = [
  headerInput('request_headers', 'HttpRequestHeaderMatchInput', 'requestHeaders'),
  headerInput('request_trailers', 'HttpRequestTrailerMatchInput', 'requestTrailers'),
  headerInput('response_headers', 'HttpResponseHeaderMatchInput', 'responseHeaders'),
  headerInput('response_trailers', 'HttpResponseTrailerMatchInput', 'responseTrailers'),
  httpInput<HttpRequestQueryParamMatchInput>(
    'query_params',
    'HttpRequestQueryParamMatchInput',
    ({ queryParam }) => new QueryParameterInput(queryParam),
  ),
  httpInput('envoy.matching.inputs.status_code_input', 'HttpResponseStatusCodeMatchInput', () => statusCode),
  httpInput(
    'envoy.matching.inputs.status_code_class_input',
    'HttpResponseStatusCodeClassMatchInput',
    () => statusCodeClass,
  ),
  httpInput('envoy.matching.inputs.local_reply', 'HttpResponseLocalReplyMatchInput', () => localReply),
  httpInput(
    'envoy.matching.inputs.cel_data_input',
    'xds.type.matcher.v3.HttpAttributesCelMatchInput',
    () => attributes,
  ),
  httpInput<DynamicMetadataInput>(
    'envoy.matching.inputs.dynamic_metadata',
    'envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput',
    (config) => new DynamicMetadata(config),
  ),
];
