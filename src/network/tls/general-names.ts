import type { GeneralName, GeneralNameKind } from '../../../sdk/network.ts';
import { formatIp, type IpWords } from '../../common/network/ip.ts';
import { type DerNode, derChildren, derInteger, derOid, derString, derTags, derText, readDer, wholeOf } from './der.ts';

const kinds = new Map<number, GeneralNameKind>([
  [0xa0, 'OTHER_NAME'],
  [0x81, 'EMAIL'],
  [0x82, 'DNS'],
  [0x86, 'URI'],
  [0x87, 'IP_ADDRESS'],
]);

/** The names in the value of a subjectAltName extension, in its order. */
export function readGeneralNames(extension: Uint8Array): GeneralName[] {
  const names: GeneralName[] = [];
  for (const node of derChildren(readDer(extension)[0])) {
    const kind = kinds.get(node.tag);
    if (kind === 'OTHER_NAME') names.push(otherName(node));
    else if (kind === 'IP_ADDRESS') names.push({ kind, text: ipText(node.content), oid: '' });
    else if (kind !== undefined) names.push({ kind, text: derText(node.content), oid: '' });
  }
  return names;
}

function otherName(node: DerNode): GeneralName {
  const [type, value] = derChildren(node);
  const [inner] = derChildren(value);
  return {
    kind: 'OTHER_NAME',
    text: inner === undefined ? '' : anyText(inner),
    oid: type === undefined ? '' : derOid(type.content),
  };
}

/** Of whose kinds Envoy writes the content. */
const stringTags: ReadonlySet<number> = new Set([
  derTags.octetString,
  derTags.utf8String,
  derTags.printableString,
  derTags.t61String,
  derTags.ia5String,
  derTags.utcTime,
  derTags.generalizedTime,
  derTags.visibleString,
  derTags.generalString,
  derTags.universalString,
  derTags.bmpString,
]);

/** Any ASN.1 value as Envoy writes it; '' of those kinds that it does not know. */
function anyText(node: DerNode): string {
  switch (node.tag) {
    case derTags.null:
      return '';
    case derTags.boolean:
      return node.content[0] === 0 ? 'false' : 'true';
    case derTags.integer:
    case derTags.enumerated:
      return derInteger(node.content).toString();
    case derTags.objectIdentifier:
      return derOid(node.content);
    case derTags.bitString:
      return derText(node.content.subarray(1));
    case derTags.sequence:
    case derTags.set:
      return derText(wholeOf(node));
    default:
      return stringTags.has(node.tag) ? derString(node) : '';
  }
}

/** '' when it is no address. */
function ipText(bytes: Uint8Array): string {
  if (bytes.length !== 4 && bytes.length !== 16) return '';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i));
  return formatIp(words as unknown as IpWords);
}
