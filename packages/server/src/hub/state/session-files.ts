import type { HubLimits } from '../limits.ts'

/** What a piece counts for beside its text: empty ones occupy memory, too. */
const PIECE_COST = 32
/** So many pieces are joined into one: they are a line each, and a snapshot would write every one of them by itself. */
const MAX_PIECES = 256

/** One file. What it counts for does not change when its pieces are joined. */
interface File {
  joined: string
  pieces: string[]
  bytes: number
}

/** The files of a session, in bytes of UTF-8. */
export class SessionFiles {
  /** All of them together: their texts, and something for each change of one. */
  bytes = 0
  readonly #limits: Pick<HubLimits, 'maxFiles' | 'maxFileBytes'>
  readonly #files = new Map<string, File>()

  constructor(limits: Pick<HubLimits, 'maxFiles' | 'maxFileBytes'>) {
    this.#limits = limits
  }

  get paths(): readonly string[] {
    return [...this.#files.keys()]
  }

  get(path: string): string | undefined {
    const file = this.#files.get(path)
    return file === undefined ? undefined : textOf(file)
  }

  /** Whether a change would stay within the bounds. */
  hasRoomFor(path: string, op: 'append' | 'write', text: string): boolean {
    const known = this.#files.get(path)
    if (known === undefined && this.#files.size >= this.#limits.maxFiles) return false
    const freed = op === 'write' ? (known?.bytes ?? 0) : 0
    return this.bytes - freed + costOf(text) <= this.#limits.maxFileBytes
  }

  apply(path: string, op: 'append' | 'write', text: string): void {
    const known = this.#files.get(path)
    const file = op === 'append' && known !== undefined ? known : { joined: '', pieces: [], bytes: 0 }
    if (file !== known) this.bytes -= known?.bytes ?? 0
    file.pieces.push(text)
    if (file.pieces.length >= MAX_PIECES) join(file)
    file.bytes += costOf(text)
    this.bytes += costOf(text)
    this.#files.set(path, file)
  }

  toJSON(): [string, string[]][] {
    return [...this.#files].map(([path, { joined, pieces }]) => [
      path,
      [joined, ...pieces].filter((text) => text !== ''),
    ])
  }

  restore(files: readonly (readonly [string, readonly string[]])[]): void {
    for (const [path, [first = '', ...pieces]] of files) {
      this.apply(path, 'write', first)
      for (const text of pieces) this.apply(path, 'append', text)
    }
  }
}

function costOf(text: string): number {
  return Buffer.byteLength(text) + PIECE_COST
}

function textOf({ joined, pieces }: File): string {
  return joined + pieces.join('')
}

function join(file: File): void {
  file.joined = textOf(file)
  file.pieces = []
}
