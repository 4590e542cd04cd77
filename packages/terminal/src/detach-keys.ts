import { TerminalError } from './errors.ts'
import type { InputToken } from './input-token.ts'
import { controlByte, type Key, typedCharacter } from './key.ts'

/** What a person asks of the program between them and the shell. */
export type DetachAction = 'detach' | 'askKill' | 'kill' | 'keep' | 'suspend' | 'help'

/** What input is: bytes for the shell, and what was asked, in order. */
export type DetachEvent =
  | { readonly kind: 'input'; readonly bytes: Uint8Array; readonly token: InputToken }
  | { readonly kind: 'action'; readonly action: DetachAction }

/** Ctrl+], as telnet has it: no shell and hardly any editor uses it. */
export const DEFAULT_DETACH_KEY = 'ctrl-]'

const ACTIONS: ReadonlyMap<string, DetachAction> = new Map([
  ['d', 'detach'],
  ['k', 'askKill'],
  ['z', 'suspend'],
  ['?', 'help'],
])
const MAX_SWALLOWED = 16
const MAX_BEGUN = 16

/** Reads `ctrl-]`, `ctrl-a`, `^a` and the like. @throws `terminal/bad_key` */
export function detachKey(name: string): number {
  const key = /^(?:ctrl-|c-|\^)([a-z@[\\\]^_])$/i.exec(name)?.[1]
  if (key === undefined) {
    throw new TerminalError('terminal/bad_key', `Expected ctrl- and a letter or one of @[\\]^_, got "${name}".`)
  }
  return key.toUpperCase().charCodeAt(0) & 0x1f
}

/**
 * Finds the detach key in what is typed, as a byte or under any keyboard protocol: then `d` detaches, `k` asks for the
 * shell to be killed and `y` does it, `z` suspends, `?` helps, the key again is typed itself. Nothing inside a paste is
 * looked at.
 */
export class DetachKeys {
  readonly #prefix: number
  #state: 'idle' | 'armed' | 'asking' = 'idle'
  /** The prefix as it was typed, and the beginning of a sequence behind it: to the shell when nothing of ours follows. */
  #typed: readonly InputToken[] = []
  /** Keys that were taken: their release is, too. */
  readonly #swallowed: number[] = []

  /** `prefix`: a C0 byte, see `detachKey()`. */
  constructor(prefix: number) {
    this.#prefix = prefix
  }

  /** What a token is. A prefix waits for the next one. */
  read(token: InputToken): readonly DetachEvent[] {
    if (token.kind === 'text') return this.#text(token)
    if (token.kind === 'paste') return this.#other(token)
    if (token.kind === 'unknown' && this.#state === 'armed') return this.#begun(token)
    if (token.kind !== 'key') return this.#through(token)
    return this.#key(token, token.key)
  }

  /** What was torn for so long may be the key that is waited for. */
  #begun(token: InputToken): readonly DetachEvent[] {
    if (this.#typed.length >= MAX_BEGUN) return this.#other(token)
    this.#typed = [...this.#typed, token]
    return []
  }

  /** Nothing that is waited for: with what was begun of it, past the prefix. */
  #through(token: InputToken): readonly DetachEvent[] {
    const begun = this.#typed.slice(1)
    this.#typed = this.#typed.slice(0, 1)
    return [...begun, token].map(input)
  }

  #key(token: InputToken, key: Key): readonly DetachEvent[] {
    if (key.event === 'release' && this.#isSwallowed(key)) return []
    if (key.event === 'release' || key.name === 'modifier') return this.#through(token)
    const isPrefix = controlByte(key) === this.#prefix
    if (this.#state === 'idle') {
      if (!isPrefix) return [input(token)]
      this.#take(key)
      this.#state = 'armed'
      this.#typed = [token]
      return []
    }
    if (this.#state === 'armed' && isPrefix) return this.#typedItself(token, key)
    return this.#decide(token, typedCharacter(key), key)
  }

  #typedItself(token: InputToken, key: Key): readonly DetachEvent[] {
    // A key that is held down is one press.
    if (key.event === 'repeat') return []
    this.#state = 'idle'
    const events = this.#through(token)
    this.#typed = []
    return events
  }

  #text(token: InputToken): readonly DetachEvent[] {
    if (this.#state === 'idle') return [input(token)]
    const head: InputToken = { kind: 'text', bytes: token.bytes.subarray(0, 1) }
    const events = this.#decide(head, String.fromCharCode(token.bytes[0] ?? 0))
    const rest = token.bytes.subarray(1)
    return rest.length === 0 ? events : [...events, ...this.#text({ kind: 'text', bytes: rest })]
  }

  #decide(token: InputToken, character: string | undefined, key?: Key): readonly DetachEvent[] {
    if (this.#state === 'asking') {
      this.#state = 'idle'
      if (key !== undefined) this.#take(key)
      return [{ kind: 'action', action: character === 'y' || character === 'Y' ? 'kill' : 'keep' }]
    }
    const action = character === undefined ? undefined : ACTIONS.get(character)
    if (action === undefined) return this.#other(token)
    this.#typed = []
    if (key !== undefined) this.#take(key)
    this.#state = action === 'askKill' ? 'asking' : 'idle'
    return [{ kind: 'action', action }]
  }

  /** Not one of ours: the prefix was meant for the shell too. */
  #other(token: InputToken): readonly DetachEvent[] {
    const wasArmed = this.#state === 'armed'
    const wasAsking = this.#state === 'asking'
    this.#state = 'idle'
    const events: DetachEvent[] = wasAsking ? [{ kind: 'action', action: 'keep' }] : []
    if (wasArmed) events.push(...this.#typed.map(input))
    this.#typed = []
    return [...events, input(token)]
  }

  #take({ characters: [character = 0] }: Key): void {
    this.#swallowed.push(character)
    if (this.#swallowed.length > MAX_SWALLOWED) this.#swallowed.shift()
  }

  #isSwallowed({ characters: [character = 0] }: Key): boolean {
    const at = this.#swallowed.indexOf(character)
    if (at >= 0) this.#swallowed.splice(at, 1)
    return at >= 0
  }
}

function input(token: InputToken): DetachEvent {
  return { kind: 'input', bytes: token.bytes, token }
}
