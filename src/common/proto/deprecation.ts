/** Envoy's words about fields that should not be there. */
import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';

/** Whether a deprecated field, disallowed unless runtime says otherwise or not, may be used. */
export type DeprecatedFeatures = (
  fieldName: string,
  disallowed: boolean,
) => 'allowed' | 'allowed by runtime' | 'refused';

export const deprecatedByDefault: DeprecatedFeatures = (_, disallowed) => (disallowed ? 'refused' : 'allowed');

export function deprecatedFieldText(field: DescField, how: ReturnType<DeprecatedFeatures>): string {
  const override = how === 'allowed by runtime' ? 'runtime overrides to continue using now fatal-by-default ' : '';
  const file = field.parent.file.proto.name;
  const docs = 'https://www.envoyproxy.io/docs/envoy/latest';
  return (
    `Using ${override}deprecated option '${field.parent.typeName}.${field.name}' from file ${file.slice(file.lastIndexOf('/') + 1)}. ` +
    `This configuration will be removed from Envoy soon. Please see ${docs}/version_history/version_history for details. ` +
    'If continued use of this field is absolutely necessary, see ' +
    `${docs}/configuration/operations/runtime#using-runtime-overrides-for-deprecated-features for how to apply a ` +
    'temporary and highly discouraged override.'
  );
}

/** Undefined when the message has no field that its type does not know. */
export function unknownFieldsText(desc: DescMessage, message: Message): string | undefined {
  if (message.$unknown === undefined || message.$unknown.length === 0) return undefined;
  const numbers = new Set(message.$unknown.map((field) => field.no));
  return `type ${desc.typeName} with unknown field set {${[...numbers].join(', ')}}`;
}
