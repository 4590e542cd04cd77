import { UserError } from './user-error.ts'

/** What a person asked of the CLI itself, in the middle of typing to the shell. */
export type EscapeAction = 'detach' | 'kill' | 'help'

/** What a chunk of input is: bytes for the shell and actions for us, in order. */
export type KeyEvent =
  | { readonly kind: 'input'; readonly bytes: Uint8Array }
  | { readonly kind: 'action'; readonly action: EscapeAction }

const ACTIONS: ReadonlyMap<number, EscapeAction> = new Map([
  [0x64, 'detach'],
  [0x6b, 'kill'],
  [0x3f, 'help'],
])

/** Ctrl+], as telnet has it: no shell and hardly any editor uses it. */
export const DEFAULT_PREFIX = 'ctrl-]'

/** Reads `ctrl-]`, `ctrl-a` and the like. @throws UserError */
export function prefixByte(name: string): number {
  const key = /^(?:ctrl-|\^)([a-z@[\\\]^_])$/i.exec(name)?.[1]
  if (key === undefined)
    throw new UserError(`--detach-keys: expected ctrl- and a letter or one of @[\\]^_, got "${name}".`)
  return key.toUpperCase().charCodeAt(0) & 0x1f
}

/** Finds the prefix key in what is typed: then `d` detaches, `k` kills, `?` helps, the prefix again is typed itself. */
export class EscapeKeys {
  readonly #prefix: number
  #armed = false

  constructor(prefix: number) {
    this.#prefix = prefix
  }

  /** The events of one chunk. A prefix at its end waits for the next. */
  read(chunk: Uint8Array): readonly KeyEvent[] {
    const events: KeyEvent[] = []
    let start = 0
    const typed = (end: number): void => {
      if (end > start) events.push({ kind: 'input', bytes: chunk.subarray(start, end) })
    }
    for (const [at, byte] of chunk.entries()) {
      if (!this.#armed) {
        if (byte !== this.#prefix) continue
        typed(at)
        this.#armed = true
        start = at + 1
        continue
      }
      this.#armed = false
      const action = ACTIONS.get(byte)
      if (action !== undefined) {
        events.push({ kind: 'action', action })
        start = at + 1
      } else if (byte !== this.#prefix) {
        // Not one of ours: the prefix was meant for the shell too.
        events.push({ kind: 'input', bytes: Uint8Array.of(this.#prefix) })
      }
    }
    if (!this.#armed) typed(chunk.length)
    return events
  }
}
