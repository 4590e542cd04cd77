import { type CastEvent, CastReader, parseRecordingList, type RecordingListing } from '@holdfast/protocol/shell'
import { ApiError, ask, wordsOf } from '../request.ts'
import { Store } from '../store.ts'
import { Playback } from './playback.ts'
import { timelineOf } from './timeline.ts'

/** Longer pauses are cut to this. */
const IDLE_LIMIT_MS = 2_000
/** More text than a page should hold. What is after it is not shown. */
const MAX_TEXT = 67_108_864

/** The recordings of shells that this person may see, and the one that is shown. */
export class Recordings extends Store {
  readonly #base: string
  readonly #token: string
  /** The newest first; undefined until it was received, and where the gateway has none. */
  known: readonly RecordingListing[] | undefined
  current: RecordingListing | undefined
  /** Of the current one, once it is here. */
  playback: Playback | undefined
  problem: string | undefined
  #loading: AbortController | undefined

  constructor(base: string, token: string) {
    super()
    this.#base = base
    this.#token = token
  }

  /** Asks which there are. */
  async refresh(): Promise<void> {
    try {
      const parsed = parseRecordingList(await ask(`${this.#base}/recordings`, this.#token))
      this.known = parsed.ok ? parsed.message.recordings : undefined
    } catch (error) {
      // A gateway of before has none, and the list of shells says whatever else is wrong.
      if (error instanceof ApiError && error.status === 404) this.known = undefined
    }
    this.changed()
  }

  /** Shows one, as soon as it is here. */
  async open(recording: RecordingListing): Promise<void> {
    this.close()
    this.current = recording
    const loading = new AbortController()
    this.#loading = loading
    this.changed()
    try {
      const playback = await this.#load(recording, loading.signal)
      if (this.#loading !== loading) return
      this.playback = playback
      playback.toggle()
    } catch (error) {
      if (this.#loading === loading) this.problem = wordsOf(error)
    }
    this.changed()
  }

  /** For good, and for everybody. */
  async remove({ id }: RecordingListing): Promise<void> {
    try {
      await ask(`${this.#base}/recordings/${encodeURIComponent(id)}`, this.#token, { method: 'DELETE' })
      this.problem = undefined
      await this.refresh()
    } catch (error) {
      this.problem = `It was not deleted: ${wordsOf(error)}`
      this.changed()
    }
  }

  close(): void {
    this.#loading?.abort()
    this.#loading = undefined
    this.playback?.pause()
    this.playback = undefined
    this.current = undefined
    this.problem = undefined
    this.changed()
  }

  async #load({ id }: RecordingListing, signal: AbortSignal): Promise<Playback> {
    const headers = { authorization: `Bearer ${this.#token}` }
    const response = await fetch(`${this.#base}/recordings/${encodeURIComponent(id)}`, { headers, signal })
    if (!response.ok || response.body === null)
      throw new ApiError(`The gateway does not give it away (status ${response.status}).`, response.status)
    const reader = new CastReader()
    const events: CastEvent[] = []
    const decoder = new TextDecoder()
    const chunks = response.body.getReader()
    for (let length = 0; length < MAX_TEXT; ) {
      const { done, value } = await chunks.read()
      if (done) break
      const text = decoder.decode(value, { stream: true })
      length += text.length
      for (const event of reader.push(text)) events.push(event)
    }
    await chunks.cancel()
    const { header, issue } = reader
    if (header === undefined) throw new ApiError(issue ?? 'The recording is empty.')
    return new Playback(timelineOf(events, header.idleLimitMs ?? IDLE_LIMIT_MS), header)
  }
}
