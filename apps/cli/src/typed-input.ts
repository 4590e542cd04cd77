import { systemClock } from '@holdfast/core'
import {
  type DetachAction,
  type DetachEvent,
  DetachKeys,
  detachKey,
  InputParser,
  type InputToken,
  type ScreenModes,
  TerminalError,
} from '@holdfast/terminal'
import { UserError } from './user-error.ts'

/** What is done with what a person types. */
export interface TypedInputHandlers {
  readonly input: (bytes: Uint8Array, token: InputToken) => void
  readonly action: (action: DetachAction) => void
}

/** What comes from the terminal of this process: bytes for the shell, and what is asked of the command itself. */
export class TypedInput {
  readonly #parser: InputParser
  readonly #keys: DetachKeys
  readonly #handlers: TypedInputHandlers
  #hold: NodeJS.Timeout | undefined

  /** @throws UserError when no key has this name */
  constructor(keyName: string, modes: ScreenModes, handlers: TypedInputHandlers) {
    this.#parser = new InputParser({ clock: systemClock, modes })
    this.#keys = new DetachKeys(keyOf(keyName))
    this.#handlers = handlers
  }

  read(chunk: Uint8Array): void {
    clearTimeout(this.#hold)
    for (const token of this.#parser.read(chunk)) this.#pass(this.#keys.read(token))
    if (this.#parser.isHolding) this.#hold = setTimeout(() => this.flush(), this.#parser.holdMs)
  }

  /** What is held is what it is. */
  flush(): void {
    clearTimeout(this.#hold)
    for (const token of this.#parser.flush()) this.#pass(this.#keys.read(token))
  }

  #pass(events: readonly DetachEvent[]): void {
    for (const event of events) {
      if (event.kind === 'input') this.#handlers.input(event.bytes, event.token)
      else this.#handlers.action(event.action)
    }
  }
}

function keyOf(name: string): number {
  try {
    return detachKey(name)
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error
    throw new UserError(`--detach-keys: ${error.message}`, undefined, error)
  }
}
