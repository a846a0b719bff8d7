// The order of fields in an encoded message is the writer's choice. protobuf-es writes by field number; prost, which wrote
// the transcripts, writes the fields of a oneof where the first of them would stand. This puts our bytes into that order,
// at every depth, so that they can be compared byte for byte.
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

const placeOf = (field: DescField): number =>
  Math.min(...(field.oneof?.fields ?? [field]).map((f) => f.number));

/** Our encoding of a message of type `desc`, its fields in prost's order. */
export function inOrderOfProst(desc: DescMessage, bytes: Uint8Array): Uint8Array {
  const reader = new BinaryReader(bytes);
  const records: Array<{ place: number; record: Uint8Array }> = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    const field = desc.fields.find((f) => f.number === number);
    if (!field) throw new Error(`${desc.typeName} has no field ${number}`);
    if (field.message && wireType === WireType.LengthDelimited) {
      const inner = inOrderOfProst(field.message, reader.bytes());
      records.push({
        place: placeOf(field),
        record: new BinaryWriter().tag(number, wireType).bytes(inner).finish(),
      });
    } else {
      reader.skip(wireType, number);
      records.push({ place: placeOf(field), record: bytes.slice(start, reader.pos) });
    }
  }
  records.sort((a, b) => a.place - b.place);
  return Uint8Array.from(records.flatMap((r) => [...r.record]));
}
