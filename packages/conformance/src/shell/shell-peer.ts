import { type Json, objectOf, readJson } from '../checking/json.ts'
import { expectThat, NotApplicable } from '../checking/mismatch.ts'
import { Socket } from '../checking/socket.ts'
import type { ServerTarget } from '../checking/target.ts'
import { CHANNEL, describeFrame, offsetsOf, readFrame, type ShellFrame, writeFrame } from './shell-frames.ts'

/** One connection to a shell. */
export class ShellPeer {
  readonly socket: Socket<ShellFrame>
  status: Json = {}

  constructor(url: string, { token, timeoutMs, clock }: ServerTarget) {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    this.socket = new Socket(url, { headers, timeoutMs, clock, read: readFrame, describe: describeFrame })
  }

  /** Resolves when it is attached. @throws Mismatch */
  async confirmed(): Promise<this> {
    const frame = await this.next(({ channel }) => channel === CHANNEL.status, 'a confirmation on STATUS')
    this.status = readJson(String(frame.payload))
    return this
  }

  /** `metadata.holdfast` of the confirmation. @throws Mismatch where there is none */
  get offer(): Json {
    const { holdfast } = objectOf(this.status['metadata'])
    expectThat(holdfast !== undefined, 'metadata.holdfast in the confirmation', this.status)
    return objectOf(holdfast)
  }

  get reconnected(): unknown {
    return objectOf(this.status['metadata'])['reconnected']
  }

  /** The bytes that a channel carried so far. */
  bytes(channel: number): Buffer {
    return Buffer.concat(this.frames(channel).map(({ payload }) => payload))
  }

  frames(...channels: readonly number[]): readonly ShellFrame[] {
    return this.socket.frames.all.filter(({ channel }) => channels.includes(channel))
  }

  /** Bytes of output that came so far. */
  get received(): number {
    return this.frames(CHANNEL.stdout).reduce((sum, { payload }) => sum + payload.length, 0)
  }

  /** What was printed last. */
  get lastOutput(): string {
    return Buffer.concat(
      this.frames(CHANNEL.stdout)
        .slice(-2)
        .map(({ payload }) => payload),
    ).toString()
  }

  get output(): string {
    return String(this.bytes(CHANNEL.stdout))
  }

  next(fits: (frame: ShellFrame) => boolean, expected: string): Promise<ShellFrame> {
    return this.socket.frames.next(fits, expected)
  }

  /** Resolves when the text has been printed. */
  async prints(text: string): Promise<void> {
    await this.socket.frames.until(() => this.output.includes(text), `output with ${JSON.stringify(text)}`)
  }

  /** The next message of a type on CTRL. */
  async control(type: string): Promise<Json> {
    const isOfType = ({ channel, payload }: ShellFrame): boolean =>
      channel === CHANNEL.ctrl && readJson(String(payload))['type'] === type
    return readJson(String((await this.next(isOfType, `{"type":"${type}"} on CTRL`)).payload))
  }

  send(channel: number, payload: string | Uint8Array = ''): void {
    this.socket.send(writeFrame(channel, payload))
  }

  type(text: string): void {
    this.send(CHANNEL.stdin, text)
  }

  sendControl(message: Json): void {
    this.send(CHANNEL.ctrl, JSON.stringify(message))
  }

  /** Switches the extension on. */
  hello(more: Json = {}): this {
    const { lease, in: held } = this.offer
    this.sendControl({ type: 'hello', lease, in: held, ...more })
    return this
  }

  /** Acknowledges output: up to here it has arrived and been processed. */
  acknowledge(offset: number): void {
    this.send(CHANNEL.ack, offsetsOf(offset, offset))
  }

  /** Everything that the server sent before the answer has come when it resolves. */
  async settled(): Promise<void> {
    this.send(CHANNEL.heartbeat)
    await this.next(({ channel }) => channel === CHANNEL.heartbeat, 'an echo of HEARTBEAT')
  }

  drop(): void {
    this.socket.drop()
  }
}

/** @throws NotApplicable where the server does not print pictures */
export function needsScreen({ offer }: ShellPeer): number {
  const { bytes } = objectOf(offer['screen'])
  if (typeof bytes !== 'number') throw new NotApplicable('the server has no picture of the terminal')
  return bytes
}
