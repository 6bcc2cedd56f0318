/** A view over the bytes of a Buffer, for who reads or writes words where they stand. */
export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
