import { BATCH_BYTES } from './batch-buffers.ts'
import { RestingScreen } from './resting-screen.ts'
import type { FromScreens, ToScreens } from './screen-messages.ts'
import { type ScreenAnswer, ScreenModel, type ScreenPicture } from './screen-model.ts'

/** Output of one screen that is taken before it is another one's turn. */
const TURN_BYTES = 65_536

type Work = Exclude<ToScreens, { readonly type: 'open' | 'close' }>

interface Entry {
  readonly id: number
  screen: ScreenModel | RestingScreen
  readonly queue: Work[]
  /** A caller waits for a snapshot of it. */
  waiting: number
}

/** What {@link ScreenScheduler} needs of its thread. */
export interface ScreenSchedulerParts {
  /** What is in `transfer` is given away. */
  readonly say: (message: FromScreens, transfer?: readonly ArrayBuffer[]) => void
  /** Calls soon, when what has come meanwhile was received. */
  readonly soon: (run: () => void) => void
}

/** All screens of a host, in turns: a flood of one shell holds no other one up, and a picture that is asked for comes first. */
export class ScreenScheduler {
  readonly #parts: ScreenSchedulerParts
  readonly #entries = new Map<number, Entry>()
  #isScheduled = false

  constructor(parts: ScreenSchedulerParts) {
    this.#parts = parts
  }

  receive(message: ToScreens): void {
    if (message.type === 'open')
      return this.#open(message.id, new ScreenModel(message.size, message.at, this.#asked(message.id)))
    if (message.type === 'close') return this.#close(message.id)
    const entry = this.#entries.get(message.id)
    if (entry === undefined) return
    entry.queue.push(message)
    if (message.type === 'picture') entry.waiting += 1
    this.#schedule()
  }

  #open(id: number, screen: ScreenModel): void {
    this.#close(id)
    this.#entries.set(id, { id, screen, queue: [], waiting: 0 })
  }

  #close(id: number): void {
    const screen = this.#entries.get(id)?.screen
    if (screen instanceof ScreenModel) screen.dispose()
    this.#entries.delete(id)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#parts.soon(() => {
      this.#isScheduled = false
      const entry = this.#next()
      if (entry === undefined) return
      this.#turn(entry)
      this.#schedule()
    })
  }

  /** Whose turn it is; it is the last one then. */
  #next(): Entry | undefined {
    const busy = [...this.#entries.values()].filter(({ queue }) => queue.length > 0)
    const entry = busy.find(({ waiting }) => waiting > 0) ?? busy[0]
    if (entry === undefined) return undefined
    this.#entries.delete(entry.id)
    this.#entries.set(entry.id, entry)
    return entry
  }

  #turn(entry: Entry): void {
    let left = TURN_BYTES
    const buffers: ArrayBuffer[] = []
    let taken: number | undefined
    while (left > 0) {
      const work = entry.queue.shift()
      if (work === undefined) break
      if (work.type === 'output') {
        left -= work.bytes.length
        const screen = this.#wake(entry)
        screen.feed(work.bytes)
        taken = screen.at
        if (work.bytes.buffer.byteLength === BATCH_BYTES) buffers.push(work.bytes.buffer)
      } else this.#do(entry, work)
    }
    if (taken !== undefined) this.#parts.say({ type: 'parsed', id: entry.id, at: taken, buffers }, buffers)
  }

  #do(entry: Entry, work: Exclude<Work, { readonly type: 'output' }>): void {
    const { id } = entry
    switch (work.type) {
      case 'resize':
        return this.#wake(entry).resize(work.size)
      case 'picture':
        entry.waiting -= 1
        return this.#parts.say({ type: 'picture', id, request: work.request, picture: pictureOf(entry, work.maxBytes) })
      case 'rest':
        return this.#rest(entry)
    }
  }

  #rest(entry: Entry): void {
    if (!(entry.screen instanceof ScreenModel)) return
    const resting = RestingScreen.of(entry.screen)
    if (resting === undefined) return
    entry.screen.dispose()
    entry.screen = resting
    this.#parts.say({ type: 'resting', id: entry.id, bytes: resting.bytes })
  }

  #wake(entry: Entry): ScreenModel {
    if (entry.screen instanceof ScreenModel) return entry.screen
    const model = entry.screen.wake(this.#asked(entry.id))
    entry.screen = model
    return model
  }

  #asked(id: number): (answer: ScreenAnswer) => void {
    return (answer) => this.#parts.say({ type: 'asked', id, answer })
  }
}

function pictureOf({ screen }: Entry, maxBytes: number): ScreenPicture {
  return screen instanceof ScreenModel ? screen.picture(maxBytes) : screen.picture
}
