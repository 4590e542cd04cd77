import type { ChannelEnd, ChannelSink } from '@holdfast/contract'
import { expecting } from './expecting.ts'

/** A sink that remembers its events, in order, and lets a test wait for it. */
export class RecordingSink<In> implements ChannelSink<In> {
  readonly frames: In[] = []
  readonly ends: ChannelEnd[] = []
  /** What was delivered after the end. Must stay empty. */
  readonly late: string[] = []
  pongs = 0
  readonly #react: (frame: In) => void
  #waiting: { readonly met: () => boolean; readonly resolve: () => void }[] = []

  constructor(react: (frame: In) => void = () => {}) {
    this.#react = react
  }

  frame(frame: In): void {
    if (this.ends.length > 0) this.late.push('frame')
    this.frames.push(frame)
    this.#react(frame)
    this.#wake()
  }

  pong(): void {
    if (this.ends.length > 0) this.late.push('pong')
    this.pongs += 1
    this.#wake()
  }

  closed(end: ChannelEnd): void {
    if (this.ends.length > 0) this.late.push('closed')
    this.ends.push(end)
    this.#wake()
  }

  /** The first `count` frames, once that many have come. */
  received(count: number): Promise<readonly In[]> {
    const frames = this.#until(() => this.frames.length >= count).then(() => this.frames.slice(0, count))
    return expecting(frames, () => `expected ${count} calls of frame(), got ${this.#soFar()}`)
  }

  ended(): Promise<ChannelEnd> {
    const end = this.#until(() => this.ends.length > 0).then(() => this.#end())
    return expecting(end, () => `expected closed() to be called, got ${this.#soFar()} and no end`)
  }

  ponged(): Promise<void> {
    const pong = this.#until(() => this.pongs > 0)
    return expecting(pong, () => `expected pong() to be called after ping(), got ${this.#soFar()} and no pong`)
  }

  #end(): ChannelEnd {
    const [end] = this.ends
    if (end === undefined) throw new Error('A sink ended without an end.')
    return end
  }

  #soFar(): string {
    const last = this.frames.at(-1)
    const shown = last === undefined ? '' : `, the last one ${printable(last)}`
    return `${this.frames.length} frames${shown}${this.ends.length > 0 ? ', then the end' : ''}`
  }

  #until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ met, resolve }))
  }

  #wake(): void {
    const met = this.#waiting.filter((entry) => entry.met())
    if (met.length === 0) return
    this.#waiting = this.#waiting.filter((entry) => !met.includes(entry))
    for (const entry of met) entry.resolve()
  }
}

/** The first of a frame, on one line. */
function printable(frame: unknown): string {
  const text = frame instanceof Uint8Array ? `${frame.length} bytes` : JSON.stringify(frame)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
