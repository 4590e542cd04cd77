import { CheckedClient, type ClientTarget, type SendOutcome } from '../checking/checked-client.ts'
import { type Json, objectOf } from '../checking/json.ts'
import type { Stage } from '../checking/rows.ts'
import { isOf, jsonRpc, messageOf } from './acp-messages.ts'
import { AcpClientLink, SESSION } from './client-link.ts'

/** The numbering of the server that the client meets first. */
export const EPOCH = 'conformance-epoch'

/** The bound that the server announces. */
export const MAX_FRAME_BYTES = 16_384

/** A server of ACP that does what the row says, and the client that is checked. */
export class AcpClientScene implements Stage {
  readonly client: CheckedClient<AcpClientLink>

  private constructor(client: CheckedClient<AcpClientLink>) {
    this.client = client
  }

  static async open(target: ClientTarget): Promise<AcpClientScene> {
    const client = await CheckedClient.open({
      target,
      link: (socket, request) => new AcpClientLink(socket, request, target),
      describe: ({ url }) => url,
    })
    return new AcpClientScene(client)
  }

  /** The next connection, whose `initialize` has come. */
  async arrival(): Promise<AcpClientLink> {
    if (!this.client.isStarted) this.client.start()
    const link = await this.client.arrival()
    await link.initialize()
    return link
  }

  /** The first connection of a client, with a session: the last message that it was sent has the number 1. */
  async begin(offer: Json = {}): Promise<AcpClientLink> {
    const link = await this.accept({ resumed: false, ...offer })
    const isNew = (frame: Json): boolean => isOf(frame, 'session/new')
    const { id } = messageOf(await link.first(isNew, 'the request session/new'))
    link.message(1, { id, result: { sessionId: SESSION } })
    return link
  }

  /** The next connection, accepted. Its numbering continues, unless `offer` says something else. */
  async accept(offer: Json = {}): Promise<AcpClientLink> {
    const link = await this.arrival()
    const { id, asked } = await link.initialize()
    const holdfast = { v: 1, epoch: EPOCH, resumed: true, maxFrameBytes: MAX_FRAME_BYTES, ...offer }
    const capabilities = 'epoch' in asked ? {} : { protocolVersion: 1, agentCapabilities: {} }
    link.send(jsonRpc({ id, result: { ...capabilities, _meta: { holdfast } } }))
    return link
  }

  /** The next connection, at a server that does not know the extension. */
  async acceptPlain(): Promise<AcpClientLink> {
    const link = await this.arrival()
    const { id } = await link.initialize()
    link.send(jsonRpc({ id, result: { protocolVersion: 1, agentCapabilities: {} } }))
    const isNew = (frame: Json): boolean => isOf(frame, 'session/new')
    const asked = messageOf(await link.first(isNew, 'the request session/new'))
    link.send(jsonRpc({ id: asked['id'], result: { sessionId: SESSION } }))
    return link
  }

  /** Asks the client to send a prompt. */
  send(text: string): void {
    this.client.instruct({ send: text })
  }

  /** Asks the client to answer the oldest question. */
  answer(optionId: string): void {
    this.client.instruct({ answer: optionId })
  }

  outcome(text: string, outcome: SendOutcome): Promise<Json> {
    return this.client.outcome(text, outcome)
  }

  /** The client was asked this. */
  asked(title: string): Promise<Json> {
    return this.client.reported(({ question }) => question === title, { question: title })
  }

  /** The client has written a prompt with this text, and the link is gone before it was answered. */
  async writtenAndLost(text: string): Promise<Json> {
    const link = await this.begin()
    this.send(text)
    const frame = await link.prompt(text)
    link.drop()
    return frame
  }

  /** What the client says of the extension on the link. */
  async askedOn(link: AcpClientLink): Promise<Json> {
    return (await link.initialize()).asked
  }

  close(): Promise<void> {
    return this.client.close()
  }
}

/** The position that a client names of the session; -1 where it names none. */
export function positionIn({ positions }: Json): number {
  const own = (Array.isArray(positions) ? positions : []).find(
    (position) => objectOf(position)['sessionId'] === SESSION,
  )
  return Number(objectOf(own)['seq'] ?? -1)
}
