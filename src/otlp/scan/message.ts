import { WireType } from '../wire/wire-type.ts'

/**
 * What the scanner does with a field. `keep*` kinds write the row's slots, `value*` kinds are the members of
 * AnyValue and write the three slots kind, start, end (see `ATTRIBUTE`).
 */
export const FieldKind = {
  unknown: 0,
  wrongWireType: 1,
  /** uint32, int32 or enum: one slot, the low 32 bits. */
  varint32: 2,
  fixed32: 3,
  /** Two slots, low word first. */
  fixed64: 4,
  valueBool: 5,
  valueInt: 6,
  valueDouble: 7,
  /** UTF-8 text: start and end. The first of the length-delimited kinds. */
  text: 8,
  /** Bytes of one fixed length: start and length. */
  id: 9,
  /** Repeated KeyValue: the first row in the batch's attributes, and how many. */
  attributes: 10,
  /** Repeated message whose every occurrence is a row of its own; scanned after the fields of the row it is in. */
  rows: 11,
  /** A message that writes into the row it stands in; occurrences merge. */
  message: 12,
  /** AnyValue: kind, start, end. */
  anyValue: 13,
  valueText: 14,
  valueBytes: 15,
  /** ArrayValue or KeyValueList: its bytes are checked and kept as they are. */
  valueNested: 16,
} as const
export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind]

const WIRE_TYPES: Readonly<Record<number, number>> = {
  [FieldKind.varint32]: WireType.varint,
  [FieldKind.fixed32]: WireType.fixed32,
  [FieldKind.fixed64]: WireType.fixed64,
  [FieldKind.valueBool]: WireType.varint,
  [FieldKind.valueInt]: WireType.varint,
  [FieldKind.valueDouble]: WireType.fixed64,
}

export type Field = {
  readonly number: number
  /** As in the .proto file; OTLP/JSON uses its lowerCamelCase form. */
  readonly name: string
  readonly kind: FieldKind
  /** First slot in the row, or the `ValueKind` of a member of AnyValue. */
  readonly slot: number
  /** For `message`, `rows`, `anyValue`, `attributes` and `valueNested`. */
  readonly message?: Message
  /** For an enum: its values by name, which OTLP/JSON may send in place of numbers. */
  readonly names?: ReadonlyMap<string, number>
  /** For `id`. */
  readonly id?: { readonly length: number; readonly invalid: 'invalidTraceId' | 'invalidSpanId' }
}

export const Level = { resource: 0, scope: 1, record: 2, none: 3 } as const
export type Level = (typeof Level)[keyof typeof Level]

/** A one-byte or two-byte tag of a known field is below this. */
export const TAGS = 256

/**
 * A protobuf message type: the field table as written down, and the same as small typed arrays, so that the
 * scanner's loop over any message is one and the same machine code.
 */
export class Message {
  readonly name: string
  readonly fields: ReadonlyArray<Field>
  /** Which of the batch's tables its rows stand in. */
  readonly level: Level
  /** By tag (number and wire type): the kind, `wrongWireType` for a known number, or `unknown`. */
  readonly kinds = new Uint8Array(TAGS)
  /** By field number. */
  readonly slots = new Uint8Array(TAGS >>> 3)
  readonly messages: Array<Message | undefined> = new Array(TAGS >>> 3).fill(undefined)
  /** Fields of this row, those of merged messages included, that are judged when the row is complete. */
  readonly ids: ReadonlyArray<Field>
  /** Slot of the row's attributes, -1 if it has none. */
  readonly attributesSlot: number

  constructor(name: string, level: Level, fields: ReadonlyArray<Field>) {
    this.name = name
    this.level = level
    this.fields = fields
    for (const field of fields) this.#compile(field)
    this.ids = fields.filter((field) => field.kind === FieldKind.id)
    this.attributesSlot = attributesSlotOf(fields)
  }

  #compile(field: Field): void {
    const tag = field.number << 3
    if (tag >= TAGS)
      throw new Error(
        `BUG: ${this.name}.${field.name}: field numbers above ${(TAGS >>> 3) - 1} need a larger table`,
      )
    for (let wireType = 0; wireType < 8; wireType++) this.kinds[tag | wireType] = FieldKind.wrongWireType
    this.kinds[tag | wireTypeOf(field.kind)] = field.kind
    this.slots[field.number] = field.slot
    this.messages[field.number] = field.message
  }

  /** For messages that contain themselves: AnyValue's arrays hold AnyValues. */
  contain(number: number, message: Message): void {
    this.messages[number] = message
  }

  /** `LogRecord.body`, for the sender of a malformed message. */
  pathOf(number: number): string {
    const field = this.fieldOf(number)
    return field === undefined ? `${this.name}, field ${number}` : `${this.name}.${field.name}`
  }

  fieldOf(number: number): Field | undefined {
    return this.fields.find((field) => field.number === number)
  }
}

export function wireTypeOf(kind: FieldKind): number {
  return WIRE_TYPES[kind] ?? WireType.bytes
}

function attributesSlotOf(fields: ReadonlyArray<Field>): number {
  for (const field of fields) {
    if (field.kind === FieldKind.attributes) return field.slot
    if (field.kind !== FieldKind.message || field.message === undefined) continue
    if (field.message.attributesSlot >= 0) return field.message.attributesSlot
  }
  return -1
}
