import type { FileRecord } from '../state/records.ts'

/** A part of a file in one event: below the log's bound for one, whatever its characters. */
const MAX_PART_CHARS = 40_000

/** A change of a file, in parts where it is larger than one event may be. */
export function fileParts(record: FileRecord): readonly FileRecord[] {
  const parts = splitText(record.text, MAX_PART_CHARS)
  return parts.map((text, at): FileRecord => ({ ...record, text, op: at === 0 ? record.op : 'append' }))
}

/** Never between the halves of a pair. */
function splitText(text: string, maxChars: number): string[] {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + maxChars, text.length)
    const last = text.charCodeAt(end - 1)
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end--
    parts.push(text.slice(at, end))
    at = end
  }
  return parts.length === 0 ? [''] : parts
}
